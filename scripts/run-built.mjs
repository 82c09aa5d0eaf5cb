// `node scripts/run-built.mjs FILE ARGS…`: makes the working copy ready, then runs a compiled program in this process.
import {existsSync} from 'node:fs';
import {relative, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {root, setup} from './setup.mjs';

/** Runs a program as if node had been called with it. */
export async function runFile(path, args) {
  if (!existsSync(path)) {
    process.stderr.write(`murmuration: there is no ${relative(root, path)}\n`);
    process.exit(1);
  }
  process.argv = [process.argv[0], path, ...args];
  await import(pathToFileURL(path).href);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) {
    process.stderr.write('usage: node scripts/run-built.mjs FILE ARGS…\n');
    process.exit(2);
  }
  setup();
  await runFile(resolve(root, file), args);
}
