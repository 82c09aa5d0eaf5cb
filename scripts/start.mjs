// `npm start [-- options]`: makes the working copy ready, then becomes `murmur up [options]`. It becomes it rather than
// starting it as a child, so signals and the exit code need no passing on.
import {join} from 'node:path';
import {runFile} from './run-built.mjs';
import {root, setup} from './setup.mjs';

setup();
await runFile(join(root, 'packages', 'cli', 'bin', 'murmur.mjs'), ['up', ...process.argv.slice(2)]);
