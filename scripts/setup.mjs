// Makes the working copy ready to run: installs packages when the lock file changed, compiles when sources changed.
// When nothing changed it only looks at file times, which takes a few milliseconds.
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join, relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_MIN = [20, 19];
const lockStamp = join(root, 'node_modules', '.murmuration-lock-hash');
const buildStamp = join(root, 'node_modules', '.murmuration-build-hash');

/** Ends the process with a message when something cannot be made ready. */
export function setup() {
  checkNode();
  installPackages();
  buildPackages();
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  fail(`Node ${NODE_MIN.join('.')} or newer is needed; this is Node ${process.versions.node}. Install a newer one from https://nodejs.org and run the command again.`);
}

function installPackages() {
  const lockFile = join(root, 'package-lock.json');
  const hash = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed)) {
    const stamp = readIfThere(lockStamp);
    if (stamp === hash) return;
    // Installed by hand, after the lock file got its present text: nothing to do but to remember it.
    if (stamp === undefined && statSync(installed).mtimeMs >= statSync(lockFile).mtimeMs) {
      writeFileSync(lockStamp, hash);
      return;
    }
  }
  say('installing packages (npm ci)');
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm === undefined ? [process.platform === 'win32' ? 'npm.cmd' : 'npm'] : [process.execPath, npm];
  run(command, [...before, 'ci', '--no-audit', '--no-fund'], 'npm ci failed; is the npm registry reachable?');
  writeFileSync(lockStamp, hash);
}

function buildPackages() {
  const {hash, packageNames} = fingerprintSources();
  const isBuilt = packageNames.every((name) => existsSync(join(root, 'packages', name, 'dist', 'index.js')));
  if (isBuilt && readIfThere(buildStamp) === hash) return;
  say('compiling');
  const startMs = performance.now();
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'], 'compiling failed; the messages above say where');
  writeFileSync(buildStamp, hash);
  say(`compiled in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}

/** A hash over path, size and time of everything that the build reads; tests do not belong to it. */
function fingerprintSources() {
  const hash = createHash('sha256');
  const add = (path) => {
    const {mtimeMs, size} = statSync(path);
    hash.update(`${relative(root, path)} ${mtimeMs} ${size}\n`);
  };
  for (const name of ['tsconfig.json', 'tsconfig.base.json', 'package-lock.json']) add(join(root, name));
  const packageNames = readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'tsconfig.json'))).sort();
  for (const name of packageNames) {
    const folder = join(root, 'packages', name);
    add(join(folder, 'package.json'));
    add(join(folder, 'tsconfig.json'));
    for (const entry of readdirSync(join(folder, 'src'), {recursive: true}).sort()) {
      if (/\.(ts|tsx|mts|json)$/.test(entry) && !entry.endsWith('.test.ts')) add(join(folder, 'src', entry));
    }
  }
  return {hash: hash.digest('hex'), packageNames};
}

function run(command, args, failure) {
  // All output goes to standard error: standard output belongs to what is started afterwards.
  const result = spawnSync(command, args, {cwd: root, stdio: ['ignore', 2, 2]});
  if (result.error !== undefined) fail(`${failure} (${result.error.message})`);
  if (result.status !== 0) fail(failure);
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function say(text) {
  process.stderr.write(`murmuration: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) setup();
