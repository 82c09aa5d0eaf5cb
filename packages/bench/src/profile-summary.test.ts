// Goal: shares add up by function, and no path of a machine is shown. Method: small profiles by hand.
import {packageOf, placeOf, selfAllocations, selfTimes} from './profile-summary.js';

const frame = (functionName: string, url: string) => ({functionName, url, scriptId: '0', lineNumber: 0, columnNumber: 0});

test('self times are summed by function, without idle time', () => {
  expect(selfTimes({
    startTime: 0, endTime: 10, samples: [1, 2, 1, 3], timeDeltas: [5, 3, 2, 9],
    nodes: [{id: 1, callFrame: frame('parse', 'file:///x/packages/model/dist/a.js')}, {id: 2, callFrame: frame('', 'node:net')}, {id: 3, callFrame: frame('(idle)', '')}],
  })).toEqual([{name: 'parse', place: 'model/a', amount: 7}, {name: '(anonymous)', place: 'node:net', amount: 3}]);
});

test('allocations are summed over the tree', () => {
  const child = {callFrame: frame('make', '/y/node_modules/@murmuration/raft/src/core.ts'), selfSize: 8, children: []};
  expect(selfAllocations({head: {callFrame: frame('make', '/y/node_modules/@murmuration/raft/src/core.ts'), selfSize: 4, children: [child]}}))
    .toEqual([{name: 'make', place: 'raft/core', amount: 12}]);
});

test.each([
  ['file:///srv/some/packages/http-edge/dist/request-head.js', 'http-edge/request-head', 'http-edge'], ['node:internal/streams', 'node:internal/streams', 'node'],
  ['/srv/some/node_modules/@scope/name/index.js', '@scope/name', '@scope'], ['', 'engine', 'engine'],
])('%s lives in %s', (url, place, name) => {
  expect([placeOf(url), packageOf(place)]).toEqual([place, name]);
});
