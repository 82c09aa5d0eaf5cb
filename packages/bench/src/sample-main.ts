import {parseArgs} from 'node:util';
import {loadCities, sampleQueries} from './cities.js';
import {createProgress} from './progress.js';

const HELP = `Loads 135,000 cities into a table of a running cluster and prints three queries to try.

  npm run sample -- [--endpoint http://127.0.0.1:8000] [--table Cities] [--limit N]
`;

async function main(): Promise<number> {
  const {values} = parseArgs({
    options: {
      endpoint: {type: 'string', default: process.env['MURMUR_ENDPOINT'] ?? 'http://127.0.0.1:8000'},
      table: {type: 'string', default: 'Cities'},
      limit: {type: 'string', default: '0'},
      help: {type: 'boolean', default: false},
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const limit = Number(values.limit);
  if (!Number.isSafeInteger(limit) || limit < 0) {
    process.stderr.write(`sample: --limit must be a whole number, not "${values.limit}"\n`);
    return 2;
  }
  const all = loadCities();
  const cities = limit === 0 ? all : all.slice(0, limit);
  // Loaded here, after the handler of warnings below is in place.
  const {loadSample} = await import('./load-sample.js');
  const progress = createProgress(cities.length, 'cities', process.stderr.isTTY);
  const startedMs = performance.now();
  const isNew = await loadSample({endpoint: values.endpoint, table: values.table, concurrency: 16}, cities, (done) => progress.update(done));
  progress.stop();
  const seconds = (performance.now() - startedMs) / 1000;
  process.stderr.write(`${cities.length} cities in table ${values.table}${isNew ? '' : ' (which was there already)'}, ${seconds.toFixed(1)} s. Try:\n`);
  for (const {says, command} of sampleQueries(values.endpoint, values.table)) process.stdout.write(`\n# ${says}\n${command}\n`);
  return 0;
}

// The SDK's announcement about future Node versions is for its own users, not for somebody who loads a sample.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'NodeVersionSupportWarning') process.stderr.write(`sample: ${warning.message}\n`);
});
try {
  process.exitCode = await main();
} catch (cause) {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const isRefused = code === 'ECONNREFUSED';
  const text = cause instanceof Error ? (cause.message || cause.name) : String(cause);
  process.stderr.write(`sample: ${isRefused ? 'nobody answers at the endpoint; start a cluster with npm start, or give --endpoint' : text}\n`);
  process.exitCode = 1;
}
