// What the compiler does not see. One program over all sources (tsconfig.lint.json maps package names to sources), so
// linting needs no build. What no linter knows is in scripts/tidy.test.ts.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {builtinModules} from 'node:module';
import tseslint from 'typescript-eslint';

/** Names of the packages of some rings, from the `murmuration` field of their package.json. */
function packagesOfRing(...rings) {
  return readdirSync('packages').filter((name) => {
    const file = `packages/${name}/package.json`;
    return existsSync(file) && rings.includes(JSON.parse(readFileSync(file, 'utf8')).murmuration?.ring);
  });
}
const sourcesOf = (names) => names.map((name) => `packages/${name}/src/**/*.ts`);

/** Tools reach the world directly; so do the files that put a process together. */
const TOOLS = ['cli', 'bench', 'hostile', 'simulator', 'conformance'];
const TESTS = ['packages/*/src/**/*.test.ts', 'packages/*/src/**/*.contract.ts', 'packages/*/src/**/contracts.ts', 'packages/*/src/**/testing.ts',
  'packages/*/src/testing/**/*.ts', 'test-cluster/**/*.ts', 'scripts/**/*.ts'];
const COMPOSITION = ['packages/*/src/main.ts', 'packages/*/src/*-main.ts'];

const ports = 'is reached through a port (base/src/ports.ts), so that the simulator can stand in for it';
const worldGlobals = ['Date', 'performance', 'process', 'Buffer', 'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval',
  'clearImmediate', 'queueMicrotask', 'fetch', 'console', 'crypto', 'require', '__dirname', '__filename', 'navigator', 'WebSocket']
  .map((name) => ({name, message: `${name} ${ports}.`}));

const awaits = [
  {selector: 'AwaitExpression', message: 'Ring 1 is synchronous: name what is needed, and let the driver fetch it.'},
  {selector: ':function[async=true]', message: 'Ring 1 is synchronous: name what is needed, and let the driver fetch it.'},
  {selector: 'ForOfStatement[await=true]', message: 'Ring 1 is synchronous.'},
];
const inheritedNames = [
  {selector: "BinaryExpression[operator='in']:not([left.type='PrivateIdentifier'])", message: 'Input may have names like `constructor`: use Object.hasOwn or a Map.'},
  {selector: "CallExpression[callee.object.name='Object'][callee.property.name='assign']", message: 'It sets __proto__ from input: make a Map, or name the members.'},
  {selector: 'ObjectExpression > SpreadElement[argument.name=/^(json|body|member|payload|parsed|object|values)$/]', message: 'Parsed input is read member by member, never spread.'},
];
const namedOnly = [{selector: 'ExportDefaultDeclaration', message: 'Export by name.'}, {selector: 'TSEnumDeclaration', message: 'Use a union of string literals.'}];

export default tseslint.config(
  {ignores: ['**/dist/**', '**/node_modules/**', '**/coverage/**', '.murmuration/**', 'packages/*/assets/**', 'packages/console/**', '**/*.d.ts']},
  {
    files: ['**/*.ts'],
    languageOptions: {parser: tseslint.parser, parserOptions: {project: './tsconfig.lint.json', tsconfigRootDir: import.meta.dirname}},
    plugins: {'@typescript-eslint': tseslint.plugin},
    linterOptions: {reportUnusedDisableDirectives: 'error'},
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-debugger': 'error',
      'no-fallthrough': 'error',
      'no-self-compare': 'error',
      'no-unsafe-finally': 'error',
      'no-promise-executor-return': 'off',
      'no-restricted-syntax': ['error', ...namedOnly],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', {fixStyle: 'separate-type-imports'}],
      '@typescript-eslint/no-array-delete': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/no-implied-eval': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
    },
  },
  {
    files: sourcesOf([...packagesOfRing(1, 3)].filter((name) => !TOOLS.includes(name))),
    ignores: [...TESTS, ...COMPOSITION],
    rules: {
      'no-restricted-globals': ['error', ...worldGlobals],
      'no-restricted-properties': ['error', {object: 'Math', property: 'random', message: `Chance ${ports}.`}, {object: 'globalThis', property: 'process', message: `The process ${ports}.`}],
      'no-restricted-imports': ['error', {
        paths: builtinModules.map((name) => ({name, message: `${name} ${ports}.`})),
        patterns: [{group: ['node:*'], message: `It ${ports}.`}],
      }],
    },
  },
  {
    files: sourcesOf(packagesOfRing(1)),
    ignores: TESTS,
    rules: {'no-restricted-syntax': ['error', ...namedOnly, ...awaits]},
  },
  {
    // Where parsed requests are handled.
    files: sourcesOf(['router']),
    ignores: TESTS,
    rules: {
      'no-restricted-syntax': ['error', ...namedOnly, ...inheritedNames],
    },
  },
  {
    files: sourcesOf(['model']),
    ignores: TESTS,
    rules: {
      'no-restricted-syntax': ['error', ...namedOnly, ...awaits, ...inheritedNames],
    },
  },
  {
    // Tests look into what JSON and matchers give them, and pass async functions to whoever calls them.
    files: TESTS,
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {ecmaVersion: 2023, sourceType: 'module'},
    rules: {eqeqeq: 'error', 'no-var': 'error', 'prefer-const': 'error', 'no-unused-vars': 'error', 'no-eval': 'error'},
  },
);
