// Goal: the rules of this repository that no compiler or linter knows. Method: read the files as text.
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {builtinModules} from 'node:module';
import {dirname, extname, join, relative} from 'node:path';

const root = dirname(__dirname);
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', '.git', 'coverage', '.murmuration', 'assets']);
const SOURCE_LINES_MAX = 700;

interface PackageJson {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly murmuration?: {readonly ring: number; readonly height: number};
}
interface Package {
  readonly folder: string;
  readonly name: string;
  readonly json: PackageJson;
  readonly ring: number;
  readonly height: number;
}
interface Import {
  readonly file: string;
  readonly from: string;
  readonly isTypeOnly: boolean;
}

function walk(folder: string): string[] {
  const out: string[] = [];
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    if (entry.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(entry.name)) out.push(...walk(join(folder, entry.name)));
    } else if (entry.isFile()) out.push(relative(root, join(folder, entry.name)));
  }
  return out;
}
const texts = new Map<string, string>();
function read(file: string): string {
  let text = texts.get(file);
  if (text === undefined) {
    text = readFileSync(join(root, file), 'utf8');
    texts.set(file, text);
  }
  return text;
}
const parse = (file: string): PackageJson => JSON.parse(read(file)) as PackageJson;

const files = walk(root);
const sources = files.filter((file) => /^(packages\/[^/]+\/src|test-cluster|scripts)\/.*\.(ts|mjs)$/.test(file) && !file.endsWith('.d.ts'));
const pages = files.filter((file) => file.endsWith('.md') && !file.startsWith('.github/'));
const rootJson = parse('package.json');
const packages: Package[] = readdirSync(join(root, 'packages'))
  .filter((folder) => existsSync(join(root, 'packages', folder, 'package.json')))
  .map((folder) => {
    const json = parse(`packages/${folder}/package.json`);
    return {folder, name: json.name, json, ring: json.murmuration?.ring ?? 0, height: json.murmuration?.height ?? -1};
  });
const packageByName = new Map(packages.map((entry) => [entry.name, entry]));

/** Packages that put the others together; they alone may pick real ports outside a main.ts. */
const COMPOSERS = new Set(['server', 'test', 'cli', 'bench', 'hostile', 'simulator', 'conformance']);
const isTestFile = (file: string): boolean => /\.(test|contract)\.ts$|\/(contracts|testing)\.ts$|\/testing\//.test(file);
const isMainFile = (file: string): boolean => /\/src\/([a-z0-9-]+-)?main\.ts$/.test(file);

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
function importsOf(file: string): Import[] {
  const out: Import[] = [];
  const text = withoutComments(read(file));
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)) {
    out.push({file, from: match[2] as string, isTypeOnly: match[1] !== undefined});
  }
  for (const match of text.matchAll(/\bimport\('([^']+)'\)/g)) out.push({file, from: match[1] as string, isTypeOnly: false});
  return out;
}
function packageNameOf(from: string): string {
  return from.split('/').slice(0, from.startsWith('@') ? 2 : 1).join('/');
}
const sourcesOf = (entry: Package): string[] => sources.filter((file) => file.startsWith(`packages/${entry.folder}/src/`));

describe('packages', () => {
  test('each says its ring and height, has a README, and bears the name of its folder', () => {
    const wrong = packages.filter((entry) => ![1, 2, 3].includes(entry.ring) || entry.height < 0 || entry.name !== `@murmuration/${entry.folder}`
      || !existsSync(join(root, 'packages', entry.folder, 'README.md')));
    expect(wrong.map((entry) => entry.folder)).toEqual([]);
  });

  test('imports point to a lower ring, or to a lower height of the same ring', () => {
    const wrong: string[] = [];
    for (const entry of packages) {
      for (const file of sourcesOf(entry).filter((name) => !isTestFile(name))) {
        for (const {from} of importsOf(file)) {
          const target = packageByName.get(packageNameOf(from));
          if (target === undefined || target === entry) continue;
          const isDownward = target.ring < entry.ring || (target.ring === entry.ring && target.height < entry.height);
          const isPort = target.ring === 2 && entry.ring === 3 && !COMPOSERS.has(entry.folder) && !isMainFile(file);
          if (!isDownward || isPort) wrong.push(`${file} imports ${from}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('import only what their package.json lists, and other packages by name', () => {
    const builtins = new Set(builtinModules);
    const shared = new Set([...Object.keys(rootJson.devDependencies ?? {}), '@jest/globals']);
    const wrong: string[] = [];
    for (const entry of packages) {
      const declared = new Set(Object.keys({...entry.json.dependencies, ...entry.json.optionalDependencies}));
      for (const file of sourcesOf(entry)) {
        for (const {from} of importsOf(file)) {
          if (from.startsWith('.')) {
            const target = join(dirname(file), from);
            if (!target.startsWith(`packages/${entry.folder}/`)) wrong.push(`${file} imports ${from}, past the door of another package`);
            else if (!isTestFile(file) && /^\.\/index\.js$/.test(from)) wrong.push(`${file} imports its own index`);
            continue;
          }
          const name = packageNameOf(from);
          if (from.startsWith('node:') || declared.has(name)) continue;
          if (builtins.has(name)) wrong.push(`${file} imports ${from} without node:`);
          else if (isTestFile(file) && (shared.has(name) || packageByName.has(name) || Object.hasOwn(entry.json.devDependencies ?? {}, name))) continue;
          else wrong.push(`${file} imports ${from}, which packages/${entry.folder}/package.json does not list`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('rings 1 and 3 reach the system through ports only', () => {
    const wrong: string[] = [];
    for (const entry of packages) {
      if (entry.ring === 2 || entry.folder === 'cli' || entry.folder === 'bench' || entry.folder === 'hostile' || entry.folder === 'simulator' || entry.folder === 'conformance') continue;
      for (const file of sourcesOf(entry)) {
        if (isTestFile(file) || isMainFile(file)) continue;
        for (const {from} of importsOf(file)) if (from.startsWith('node:')) wrong.push(`${file} imports ${from}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('the compiler references of a package are the packages it depends on', () => {
    const wrong: string[] = [];
    for (const entry of packages) {
      const config = JSON.parse(read(`packages/${entry.folder}/tsconfig.json`)) as {references?: {path: string}[]};
      const referenced = (config.references ?? []).map((reference) => reference.path.replace('../', '')).sort();
      const declared = Object.keys(entry.json.dependencies ?? {}).filter((name) => packageByName.has(name)).map((name) => name.slice('@murmuration/'.length)).sort();
      if (referenced.join() !== declared.join()) wrong.push(`${entry.folder}: references ${referenced.join(' ')}, depends on ${declared.join(' ')}`);
    }
    expect(wrong).toEqual([]);
  });

  test('no file imports itself by way of others', () => {
    const edges = new Map<string, string[]>();
    for (const file of sources.filter((name) => name.startsWith('packages/'))) {
      edges.set(file, importsOf(file).filter((entry) => entry.from.startsWith('.') && !entry.isTypeOnly).map((entry) => join(dirname(file), entry.from).replace(/\.js$/, '.ts')));
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' > '));
      if (path.includes(file) || done.has(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of edges.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });
});

describe('source files', () => {
  test('are named in kebab-case after a thing', () => {
    const wrong = sources.filter((file) => {
      const name = (file.split('/').at(-1) as string).split('.')[0] as string;
      return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || /(^|-)(utils?|helpers?|common|misc|manager)$/.test(name);
    });
    expect(wrong).toEqual([]);
  });

  test(`have at most ${SOURCE_LINES_MAX} lines`, () => {
    const wrong = sources.filter((file) => !file.endsWith('.test.ts') && read(file).split('\n').length > SOURCE_LINES_MAX);
    expect(wrong).toEqual([]);
  });

  test('export by name', () => {
    expect(sources.filter((file) => file.endsWith('.ts') && /^export default /m.test(withoutComments(read(file))))).toEqual([]);
  });

  test('import relative files with their .js ending', () => {
    const wrong = sources.filter((file) => file.endsWith('.ts')).flatMap(importsOf).filter((entry) => entry.from.startsWith('.') && !/\.(js|mjs|json)$/.test(entry.from));
    expect(wrong).toEqual([]);
  });

  test('focus no test', () => {
    expect(sources.filter((file) => file.endsWith('.test.ts') && /^\s*(test|it|describe)\.only\(/m.test(read(file)))).toEqual([]);
  });
});

describe('words', () => {
  const BANNED: readonly [pattern: RegExp, instead: string][] = [
    [/\bnot (yet )?implemented\b/i, 'say what is refused, and why'],
    [/\bfor now\b/i, 'say what holds, or what would change it'],
    [/\b(TODO|FIXME|XXX|HACK)\b/, 'do it, or describe the limit where a reader looks for it'],
    [/(?<![\w.~}*-])\/(work|root)\//, 'name no path of one machine'],
    [/\b(chat ?gpt|copilot|large language model)\b/i, 'leave out who wrote it'],
  ];
  const SCANNED = new Set(['.ts', '.mjs', '.js', '.md', '.json', '.proto', '.yaml', '.yml', '.css', '.html', '.tpl', '.sh']);
  const EXEMPT = new Set(['package-lock.json', 'scripts/tidy.test.ts']);

  test('that stand for unfinished work or for one machine are in no file', () => {
    const wrong: string[] = [];
    for (const file of files) {
      if (!SCANNED.has(extname(file)) || EXEMPT.has(file)) continue;
      for (const [pattern, instead] of BANNED) {
        const found = pattern.exec(read(file));
        if (found !== null) wrong.push(`${file}: "${found[0]}"; ${instead}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('pages', () => {
  const withoutCode = (text: string): string => text.replace(/^(```+|~~~+)[^]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');

  test('have one title each', () => {
    expect(pages.filter((file) => (withoutCode(read(file)).match(/^# \S/gm) ?? []).length !== 1)).toEqual([]);
  });

  test('link only to local files that exist', () => {
    const wrong: string[] = [];
    for (const file of pages) {
      for (const match of withoutCode(read(file)).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)) {
        const link = match[1] as string;
        if (/^([a-z]+:|#)/i.test(link)) continue;
        const target = join(root, dirname(file), decodeURI(link.split('#')[0] as string));
        if (!existsSync(target)) wrong.push(`${file} links to ${link}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('decisions have a number of their own and state status and date', () => {
    const folder = join(root, 'docs', 'decisions');
    const names = readdirSync(folder).filter((name) => /^\d{4}-/.test(name) && statSync(join(folder, name)).isFile()).sort();
    expect(new Set(names.map((name) => name.slice(0, 4))).size).toBe(names.length);
    expect(names.filter((name) => !/^(- )?(\*\*)?Status/mi.test(read(`docs/decisions/${name}`)) || !/\d{4}-\d{2}-\d{2}/.test(read(`docs/decisions/${name}`)))).toEqual([]);
  });
});
