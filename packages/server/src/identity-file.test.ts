import {ServerError} from './errors.js';
import {encodeIdentity, nextIdentity} from './identity-file.js';

describe('nextIdentity', () => {
  test('the start number rises by one at each start', () => {
    const first = nextIdentity(undefined, 'c', 'a1', '/d');
    expect(first).toEqual({clusterId: 'c', node: 'a1', incarnation: 1});
    expect(nextIdentity(encodeIdentity(first), 'c', 'a1', '/d').incarnation).toBe(2);
  });
  test.each([
    ['other', 'a1', /belongs to cluster "c", not "other"/],
    ['c', 'b1', /belongs to node "a1", not "b1"/],
  ])('a directory of another cluster or node is refused: %s %s', (clusterId, node, message) => {
    const stored = encodeIdentity({clusterId: 'c', node: 'a1', incarnation: 3});
    expect(() => nextIdentity(stored, clusterId, node, '/d')).toThrow(message);
    expect(() => nextIdentity(stored, clusterId, node, '/d')).toThrow(ServerError);
  });
  test('an identity that cannot be read is refused, never replaced', () => {
    expect(() => nextIdentity(new Uint8Array([1, 2]), 'c', 'a1', '/d')).toThrow(/cannot be read/);
  });
});
