// Tests run on the TypeScript sources: swc strips types in about a millisecond a file, and the
// mapper sends every package name to its source, so no build is needed before a unit test.
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: [],
  transform: {
    '^.+\\.[tj]s$': ['@swc/jest', {
      jsc: {parser: {syntax: 'typescript'}, target: 'es2022'},
      module: {type: 'commonjs'},
      sourceMaps: 'inline',
    }],
  },
  transformIgnorePatterns: ['/node_modules/'],
  moduleNameMapper: {
    '^@murmuration/([^/]+)/([^/]+)$': '<rootDir>/packages/$1/src/$2.ts',
    '^@murmuration/([^/]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/packages/[^/]+/dist/'],
};
export default {
  maxWorkers: 2,
  testTimeout: 20_000,
  projects: [
    {...shared, displayName: 'packages', testMatch: ['<rootDir>/packages/*/src/**/*.test.ts', '<rootDir>/scripts/**/*.test.ts']},
    {...shared, displayName: 'cluster', testMatch: ['<rootDir>/test-cluster/**/*.test.ts']},
  ],
};
