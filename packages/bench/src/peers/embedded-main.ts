// A process of its own with a cluster inside it, as an application's tests have it: three replicas, all in memory.
import {startCluster} from '@murmuration/test';

const cluster = await startCluster({port: Number(process.argv[2] ?? '0')});
process.stdout.write(`ready ${cluster.endpoint}\n`);
process.once('SIGTERM', () => void cluster.stop().then(() => process.exit(0)));
