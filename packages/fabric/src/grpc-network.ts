import type {ChannelCredentials, ServerCredentials} from '@grpc/grpc-js';
import {credentials, ServerCredentials as ServerCredentialsFactory} from '@grpc/grpc-js';
import {toFabricLimits} from './config.js';
import type {FabricPorts, NetworkOptions} from './fabric-context.js';
import {FabricNetwork} from './fabric-network.js';
import {listenGrpc} from './grpc-transport.js';

export interface GrpcNetworkOptions extends NetworkOptions {
  /** `host:port` to listen on; port 0 takes a free one, told by `address`. */
  readonly listenAddress: string;
  /** Plain text between nodes when absent. */
  readonly credentials?: {readonly server: ServerCredentials; readonly channel: ChannelCredentials};
}

/**
 * Starts a network over gRPC: listens, and dials each peer given to `setPeer`.
 * @throws FabricError when the address cannot be listened on
 */
export async function createGrpcNetwork(options: GrpcNetworkOptions, ports: FabricPorts): Promise<FabricNetwork> {
  const network = new FabricNetwork(options, ports);
  const {messageBytesMax, closeGraceMs} = toFabricLimits(options.limits);
  const transport = await listenGrpc({
    listenAddress: options.listenAddress,
    serverCredentials: options.credentials?.server ?? ServerCredentialsFactory.createInsecure(),
    channelCredentials: options.credentials?.channel ?? credentials.createInsecure(),
    messageBytesMax,
    closeGraceMs,
  }, ports.timers, network.accept);
  network.start(transport);
  return network;
}
