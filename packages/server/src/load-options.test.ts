import {ServerError} from './errors.js';
import {loadOptions, nearestName, settingsFingerprint} from './load-options.js';
import {toNodeConfig} from './node-config.js';
import {environmentNameOf, flagOf, serveOptions} from './option-table.js';

const load = (flags: readonly string[], environment: Record<string, string> = {}, fileText?: string) => loadOptions(serveOptions, {flags, environment, fileText});
function failureOf(run: () => unknown): string {
  try {
    run();
  } catch (cause) {
    if (cause instanceof ServerError) return cause.message;
    throw cause;
  }
  throw new Error('nothing was refused');
}

describe('loadOptions', () => {
  test('flags win over environment, environment over file, file over defaults', () => {
    const file = JSON.stringify({apiPort: 1, adminPort: 2, fabricPort: 3});
    const values = load(['--api-port', '9'], {MURMUR_API_PORT: '8', MURMUR_ADMIN_PORT: '7'}, file);
    expect([values.apiPort, values.adminPort, values.fabricPort, values.tickMs]).toEqual([9, 7, 3, 100]);
  });
  test('both spellings of a flag are read, and lists are split at commas', () => {
    const values = load(['--roles=router,storage', '--node-id', 'b2']);
    expect(values.roles).toEqual(['router', 'storage']);
    expect(values.nodeId).toBe('b2');
  });
  test.each([
    [['--api-prot', '1'], 'setting --api-prot: is unknown; did you mean --api-port?'],
    [['--api-port', 'x'], 'setting --api-port: must be a whole number, not "x"'],
    [['--api-port', '70000'], 'setting --api-port: must be 0 to 65535, not 70000'],
    [['--api-port'], 'setting --api-port: needs a value'],
    [['--log-level', 'loud'], 'setting --log-level: must be one of error, warn, info, debug, not "loud"'],
    [['--node-id', 'A!'], 'setting --node-id: "A!" does not match ^[a-z0-9-]{1,64}$'],
  ])('%j is refused in one line', (flags, message) => {
    expect(failureOf(() => load(flags))).toBe(message);
  });
  test('an unknown name in the settings file is refused, naming the nearest', () => {
    expect(failureOf(() => load([], {}, '{"tickMS": 5}'))).toBe('setting tickMS: is unknown; did you mean tickMs?');
    expect(failureOf(() => load([], {}, '{'))).toBe('setting settings file: is not JSON');
  });
  test('names of flags and of the environment are derived from the table', () => {
    expect(flagOf('logSegmentBytes')).toBe('--log-segment-bytes');
    expect(environmentNameOf('logSegmentBytes')).toBe('MURMUR_LOG_SEGMENT_BYTES');
  });
  test('only cluster settings change the fingerprint', () => {
    const base = load([]);
    expect(settingsFingerprint(serveOptions, load(['--api-port', '1']))).toBe(settingsFingerprint(serveOptions, base));
    expect(settingsFingerprint(serveOptions, load(['--tick-ms', '50']))).not.toBe(settingsFingerprint(serveOptions, base));
  });
  test('a name far from all others has no nearest', () => {
    expect(nearestName('--zzzzzz', ['--port', '--data'])).toBeUndefined();
  });
});

describe('toNodeConfig', () => {
  test('peers are parsed and must agree with the control role', () => {
    const config = toNodeConfig(load(['--control-peers', 'a1=127.0.0.1:1,b1=127.0.0.1:2']));
    expect(config.controlPeers).toEqual([{node: 'a1', address: '127.0.0.1:1'}, {node: 'b1', address: '127.0.0.1:2'}]);
    expect(failureOf(() => toNodeConfig(load(['--control-peers', 'b1=127.0.0.1:2'])))).toMatch(/does not name a1/);
    expect(failureOf(() => toNodeConfig(load(['--control-peers', 'a1=127.0.0.1:2', '--roles', 'router'])))).toMatch(/has no control role/);
    expect(toNodeConfig(load(['--control-peers', 'b1=h:2,c1=h:3', '--control-replaces', 'b1'])).controlReplaces).toBe('b1');
    expect(failureOf(() => toNodeConfig(load(['--control-peers', 'b1=h:2', '--control-replaces', 'c1'])))).toMatch(/none of the control peers/);
    expect(failureOf(() => toNodeConfig(load(['--control-peers', 'a1=h:1,b1=h:2', '--control-replaces', 'b1'])))).toMatch(/one of the control peers itself/);
    expect(failureOf(() => toNodeConfig(load(['--control-peers', 'b1=h:2', '--control-replaces', 'b1', '--roles', 'router'])))).toMatch(/no control role/);
    expect(failureOf(() => toNodeConfig(load(['--control-peers', 'a1'])))).toMatch(/is not NODE=HOST:PORT/);
    expect(failureOf(() => toNodeConfig(load(['--control-peers', 'a1=h:1,a1=h:2'])))).toMatch(/names a node twice/);
  });
});
