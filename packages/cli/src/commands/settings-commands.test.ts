import {CommandError} from '../exit-codes.js';
import {parsePairs, renderSettings} from './settings-commands.js';
import {explainThrottle, renderThrottles} from './throttle-commands.js';

describe('murmur settings', () => {
  test('pairs are read by the rules of each setting', () => {
    expect(parsePairs(['sharing=static', 'burstSeconds=10'])).toEqual({sharing: 'static', burstSeconds: 10});
  });
  test.each([
    ['sharing', 'not of the form name=value'],
    ['sharing=fair', 'sharing is one of static, adaptive, global'],
    ['burstSeconds=1000', 'burstSeconds is a whole number from 0 to 300'],
    ['colour=red', 'there is no setting colour'],
  ])('%s is refused, and it is said what would do', (pair, reason) => {
    expect(() => parsePairs([pair])).toThrow(CommandError);
    expect(() => parsePairs([pair])).toThrow(reason);
  });
  test('each setting is shown with where it comes from', () => {
    const text = renderSettings({apiVersion: 'murmuration/v1', mapVersion: 3, settings: [{name: 'sharing', value: 'static', source: 'cluster'}], tables: ['Music']}, 'table');
    expect(text).toMatch(/sharing +.*static +.*cluster/);
    expect(text).toContain('tables with settings of their own: Music');
  });
});

describe('murmur explain throttle', () => {
  const throttle = {
    requestId: 'R1', atMs: 0, operation: 'PutItem', table: 'Music', group: 17, keyHash: '0000002a', reason: 'TableWriteProvisionedThroughputExceeded', isOnDemand: false,
    bucket: 'share', tokensThenHalfUnits: 1, tokensAskedHalfUnits: 2, passesInMs: 100,
  };
  test('names bucket, tokens and the time at which it would have passed', () => {
    const text = explainThrottle(throttle);
    expect(text).toContain('it held 0.5 units and was asked for 1');
    expect(text).toContain('it would have passed 100 ms later');
    expect(text).toContain('table Music, partition 17, key hash 0000002a');
  });
  test('says so when an index was too far behind', () => {
    const {bucket: _bucket, passesInMs: _passesInMs, ...rest} = throttle;
    expect(explainThrottle({...rest, index: 'by-artist', reason: 'IndexWriteKeyRangeThroughputExceeded'})).toContain('global indexes had reached its bound');
  });
  test('a list has one line for each', () => {
    expect(renderThrottles([throttle])).toContain('TableWriteProvisionedThroughputExceeded');
  });
});
