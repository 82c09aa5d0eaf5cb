// Writes the pages of docs/ that are made from the code. Runs their test in writing mode, so that page and check come
// from one place and no build is needed.
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {root} from './setup.mjs';

const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const {status} = spawnSync(process.execPath, [jest, 'scripts/generated-docs'], {cwd: root, stdio: 'inherit', env: {...process.env, MURMUR_WRITE_DOCS: '1'}});
process.exit(status ?? 1);
