import {toNodeId} from '@murmuration/base';
import type {NetworkPort, PeerAddress} from '@murmuration/base';
import {ReroutedNetwork} from './rerouted-network.js';

function recordingNetwork(): {readonly network: NetworkPort; readonly peers: PeerAddress[]} {
  const peers: PeerAddress[] = [];
  const network: NetworkPort = {
    self: toNodeId('a1'), setPeer: (peer) => void peers.push(peer), removePeer: () => undefined, isConnected: () => true, call: () => undefined, post: () => true,
    onCall: () => undefined, onPost: () => undefined, onConnection: () => undefined, close: () => Promise.resolve(),
  };
  return {network, peers};
}

test('a peer with another way to it is dialled there, whatever address it tells; the others where they say', () => {
  const {network, peers} = recordingNetwork();
  const rerouted = new ReroutedNetwork(network, [{node: toNodeId('b1'), address: '127.0.0.1:7001'}]);
  rerouted.setPeer({node: toNodeId('b1'), address: 'b1:8002'});
  rerouted.setPeer({node: toNodeId('b1'), address: 'b1:9002'});
  rerouted.setPeer({node: toNodeId('c1'), address: 'c1:8002'});
  expect(peers).toEqual([
    {node: 'b1', address: '127.0.0.1:7001'}, {node: 'b1', address: '127.0.0.1:7001'}, {node: 'c1', address: 'c1:8002'},
  ]);
});
