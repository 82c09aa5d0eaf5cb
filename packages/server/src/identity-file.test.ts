import {ServerError} from './errors.js';
import {encodeIdentity, nextIdentity} from './identity-file.js';

const OWNER = {clusterId: 'c', node: 'a1', directory: '/d'};
const draw = (): string => 'drawn';

describe('nextIdentity', () => {
  test('the start number rises by one at each start, and the name of the disk stays', () => {
    const first = nextIdentity(undefined, OWNER, draw);
    expect(first).toEqual({clusterId: 'c', node: 'a1', incarnation: 1, diskId: 'drawn', isReplacement: false});
    expect(nextIdentity(encodeIdentity(first), OWNER, () => 'other')).toEqual({...first, incarnation: 2});
  });
  test('a directory from before disks had names gets one', () => {
    const stored = new TextEncoder().encode('{"clusterId":"c","node":"a1","incarnation":7}');
    expect(nextIdentity(stored, OWNER, draw)).toEqual({clusterId: 'c', node: 'a1', incarnation: 8, diskId: 'drawn', isReplacement: false});
  });
  test('what takes the place of a lost disk starts above it, under a new name, and remembers that it did', () => {
    const replacement = nextIdentity(undefined, OWNER, draw, {incarnation: 7});
    expect(replacement).toEqual({clusterId: 'c', node: 'a1', incarnation: 8, diskId: 'drawn', isReplacement: true});
    expect(nextIdentity(encodeIdentity(replacement), OWNER, draw)).toEqual({...replacement, incarnation: 9});
  });
  test.each([
    ['other', 'a1', /belongs to cluster "c", not "other"/],
    ['c', 'b1', /belongs to node "a1", not "b1"/],
  ])('a directory of another cluster or node is refused: %s %s', (clusterId, node, message) => {
    const stored = encodeIdentity({clusterId: 'c', node: 'a1', incarnation: 3, diskId: 'd', isReplacement: false});
    expect(() => nextIdentity(stored, {clusterId, node, directory: '/d'}, draw)).toThrow(message);
    expect(() => nextIdentity(stored, {clusterId, node, directory: '/d'}, draw)).toThrow(ServerError);
  });
  test('an identity that cannot be read is refused, never replaced', () => {
    expect(() => nextIdentity(new Uint8Array([1, 2]), OWNER, draw)).toThrow(/cannot be read/);
  });
});
