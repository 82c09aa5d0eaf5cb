// Goal: no regular expression takes more than linear time for what clients and peers send.
// Method: every literal of the sources that input reaches is held against a rule on its form (no repetition of what
// repeats or branches) and then run on long texts made to be almost right.
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {forEachChild, createSourceFile, isRegularExpressionLiteral, ScriptTarget} from 'typescript';
import type {Node} from 'typescript';

const root = join(__dirname, '..');
/** Tools that only their own user speaks to are left out. */
const TOOLS = new Set(['bench', 'checkers', 'cli', 'hostile', 'simulator', 'test']);
const TEXT_LENGTH = 30_000;
const TRIAL_MS_MAX = 100;
const TRIAL_COUNT = 3;

interface Found {
  readonly where: string;
  readonly expression: RegExp;
}

function literalsOf(file: string): readonly Found[] {
  const found: Found[] = [];
  const source = createSourceFile(file, readFileSync(join(root, file), 'utf8'), ScriptTarget.ES2022, true);
  const visit = (node: Node): void => {
    if (isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.push({where: `${file}: ${node.text}`, expression: new RegExp(node.text.slice(1, end), node.text.slice(end + 1).replace(/[gy]/g, ''))});
    }
    forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const sources = readdirSync(join(root, 'packages')).filter((name) => !TOOLS.has(name)).flatMap((name) => {
  const folder = `packages/${name}/src`;
  try {
    return readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'}).map((file) => `${folder}/${file}`);
  } catch {
    return [];
  }
}).filter((file) => file.endsWith('.ts') && !/\.(test|contract|bench)\.ts$|\.d\.ts$|\/testing\//.test(file));
const literals = sources.flatMap(literalsOf);

/** Whether a group that repeats without end holds something that repeats without end, or a choice. */
function repeatsRepetition(expression: string): boolean {
  const plain = expression.replace(/\\./g, 'x').replace(/\[(?:\^)?[^\]]*\]/g, 'x');
  const isEndless = (at: number): boolean => plain[at] === '*' || plain[at] === '+' || /^\{[0-9]+,\}/.test(plain.slice(at, at + 12));
  const openings: number[] = [];
  for (let at = 0; at < plain.length; at += 1) {
    if (plain[at] === '(') openings.push(at);
    if (plain[at] !== ')') continue;
    const inside = plain.slice((openings.pop() ?? 0) + 1, at);
    if (isEndless(at + 1) && (/[*+|]|\{[0-9]+,\}/.test(inside))) return true;
  }
  return false;
}

test('there are regular expressions to look at, and the rule knows bad ones', () => {
  expect(literals.length).toBeGreaterThan(5);
  expect(['(a+)+', '(a|b)*', '(x*y)*', '((ab)+c)+', '(a{2,})+'].every(repeatsRepetition)).toBe(true);
  expect(['a+b+', '(a+)', '(\\+)*', '[+*]*', '(abc)+', '(a|b)?'].some(repeatsRepetition)).toBe(false);
});

test('none repeats what repeats or branches', () => {
  expect(literals.filter(({expression}) => repeatsRepetition(expression.source)).map(({where}) => where)).toEqual([]);
});

test('none takes long for a long text that is almost right', () => {
  const slow: string[] = [];
  for (const {where, expression} of literals) {
    for (const part of ['a', 'A', '0', ' ', '\t', '-', '_', '.', '/', '#', ':', '=', '"', '\\', 'a ', '0 ', 'a-', 'a.', ' q', '.0', ']', '[', '\n']) {
      const text = `${part.repeat(TEXT_LENGTH / part.length)}\0`;
      let bestMs = Number.POSITIVE_INFINITY;
      for (let trial = 0; trial < TRIAL_COUNT && bestMs > TRIAL_MS_MAX; trial += 1) {
        const from = performance.now();
        expression.test(text);
        bestMs = Math.min(bestMs, performance.now() - from);
      }
      if (bestMs > TRIAL_MS_MAX) slow.push(`${where} on ${JSON.stringify(part)}: ${Math.round(bestMs)} ms`);
    }
  }
  expect(slow).toEqual([]);
});
