// The yardstick in a process of its own, so that its CPU can be told.
import {startEchoServer} from './echo-server.js';

await startEchoServer(Number(process.argv[2] ?? '0'));
