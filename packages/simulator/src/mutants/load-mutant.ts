// Given to node by `--import`: from here on, one file of the repository is loaded with the edit of the mutant that the
// environment names. Nothing is written to disk, and only this process sees it.
import {readFileSync} from 'node:fs';
import {register} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import ts from 'typescript';
import {MUTANTS} from './all-mutants.js';
import {applyMutant} from './mutant.js';

const name = process.env['MURMUR_MUTANT'];
const mutant = MUTANTS.find((each) => each.name === name);
if (mutant === undefined) throw new Error(`there is no mutant ${String(name)}`);

const root = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));
const source = applyMutant(mutant, readFileSync(join(root, mutant.file), 'utf8'));
const {outputText} = ts.transpileModule(source, {compilerOptions: {target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true}});
const compiled = join(root, mutant.file.replace('/src/', '/dist/').replace(/\.ts$/, '.js'));

// The hooks run on a thread of their own, so they are a module by themselves.
const hooks = `
let target;
export async function initialize(data) { target = data; }
export async function load(url, context, next) {
  return url === target.url ? {format: 'module', source: target.source, shortCircuit: true} : next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`, {data: {url: pathToFileURL(compiled).href, source: outputText}});
