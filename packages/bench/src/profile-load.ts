// A thread of its own, so that the profile next door is of the cluster alone. Sends the requests it is told to, then says so.
import {parentPort, workerData} from 'node:worker_threads';
import {runLoad} from './http-load.js';
import {getRequests, putRequests} from './requests.js';

/** One load: told by a message, answered by the count of its requests. */
export interface ProfiledLoad {
  readonly operation: 'GetItem' | 'PutItem';
  readonly durationMs: number;
}

interface LoadTarget {
  readonly hostname: string;
  readonly port: number;
  readonly table: string;
  readonly connections: number;
}

const {hostname, port, table, connections} = workerData as LoadTarget;
const host = `${hostname}:${port}`;
const requests = {GetItem: getRequests(table, host, true), PutItem: putRequests(table, host)};

parentPort?.on('message', ({operation, durationMs}: ProfiledLoad) => {
  void runLoad(
    {host: hostname, port, connections, warmUpMs: 0, durationMs, nextRequest: requests[operation]},
    {onMeasureStart: () => undefined, onMeasureEnd: () => undefined},
  ).then(({requests: count, errors}) => parentPort?.postMessage({count, errors}));
});
