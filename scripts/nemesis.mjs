// `npm run nemesis -- OPTIONS`: makes the working copy ready, compiles the nemesis, and runs it in this process.
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {runFile} from './run-built.mjs';
import {root, setup} from './setup.mjs';

setup();
const {status} = spawnSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'test-cluster')], {cwd: root, stdio: ['ignore', 2, 2]});
if (status !== 0) process.exit(1);
await runFile(join(root, 'test-cluster', 'dist', 'nemesis', 'main.js'), process.argv.slice(2));
