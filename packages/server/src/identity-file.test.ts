import {ServerError} from './errors.js';
import {encodeIdentity, letIn, nextIdentity, replacementOf} from './identity-file.js';

const OWNER = {clusterId: 'c', node: 'a1', directory: '/d'};
const draw = {diskId: (): string => 'drawn', life: (): number => 11};
const other = {diskId: (): string => 'other', life: (): number => 12};

describe('nextIdentity', () => {
  test('the start number rises by one at each start, and the name of the disk stays', () => {
    const first = nextIdentity(undefined, OWNER, draw);
    expect(first).toEqual({clusterId: 'c', node: 'a1', incarnation: 1, diskId: 'drawn', isReplacement: false, claim: {incarnation: 1, life: 11}, isLetIn: false});
    expect(nextIdentity(encodeIdentity(letIn(first)), OWNER, other)).toEqual({...first, incarnation: 2, claim: {incarnation: 2, life: 12}});
  });
  test('starts that are not let in make the same claim again, however many there are', () => {
    const first = letIn(nextIdentity(undefined, OWNER, draw));
    const second = nextIdentity(encodeIdentity(first), OWNER, draw);
    const third = nextIdentity(encodeIdentity(second), OWNER, other);
    const fourth = nextIdentity(encodeIdentity(third), OWNER, other);
    expect(fourth).toEqual({...second, incarnation: 4});
    expect(nextIdentity(encodeIdentity(letIn(fourth)), OWNER, other)).toEqual({...second, incarnation: 5, claim: {incarnation: 5, life: 12}});
  });
  test('a directory from before disks had names and claims gets them', () => {
    const stored = new TextEncoder().encode('{"clusterId":"c","node":"a1","incarnation":7}');
    expect(nextIdentity(stored, OWNER, draw)).toEqual({clusterId: 'c', node: 'a1', incarnation: 8, diskId: 'drawn', isReplacement: false, claim: {incarnation: 8, life: 11}, isLetIn: false});
  });
  test('what takes the place of a lost disk starts above it, under a new name, and remembers that it did', () => {
    const replacement = nextIdentity(undefined, OWNER, draw, {incarnation: 7});
    expect(replacement).toEqual({clusterId: 'c', node: 'a1', incarnation: 8, diskId: 'drawn', isReplacement: true, claim: {incarnation: 8, life: 11}, isLetIn: false});
    expect(nextIdentity(encodeIdentity(letIn(replacement)), OWNER, draw)).toEqual({...replacement, incarnation: 9, claim: {incarnation: 9, life: 11}});
  });
  test('it starts above the refused disk too, if that was started more often', () => {
    const refused = {...nextIdentity(undefined, OWNER, draw), incarnation: 12};
    expect([replacementOf({incarnation: 7}, refused), replacementOf({incarnation: 15}, refused)]).toEqual([{incarnation: 12}, {incarnation: 15}]);
  });
  test.each([
    ['other', 'a1', /belongs to cluster "c", not "other"/],
    ['c', 'b1', /belongs to node "a1", not "b1"/],
  ])('a directory of another cluster or node is refused: %s %s', (clusterId, node, message) => {
    const stored = encodeIdentity({clusterId: 'c', node: 'a1', incarnation: 3, diskId: 'd', isReplacement: false, claim: {incarnation: 3, life: 1}, isLetIn: true});
    expect(() => nextIdentity(stored, {clusterId, node, directory: '/d'}, draw)).toThrow(message);
    expect(() => nextIdentity(stored, {clusterId, node, directory: '/d'}, draw)).toThrow(ServerError);
  });
  test('an identity that cannot be read is refused, never replaced', () => {
    expect(() => nextIdentity(new Uint8Array([1, 2]), OWNER, draw)).toThrow(/cannot be read/);
  });
});
