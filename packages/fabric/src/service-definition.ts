import type {ServiceDefinition} from '@grpc/grpc-js';
import {fromJSON} from '@grpc/proto-loader';
import {assert} from '@murmuration/base';

/** `proto/fabric.proto` as protobuf.js descriptor, compiled in; a test holds the two against each other. */
export const FABRIC_DESCRIPTOR = {
  nested: {
    murmuration: {nested: {fabric: {nested: {v1: {nested: {
      Fabric: {
        methods: {
          Exchange: {requestType: 'Frame', requestStream: true, responseType: 'Frame', responseStream: true},
          Raft: {requestType: 'Frame', requestStream: true, responseType: 'Frame', responseStream: true},
        },
      },
      Frame: {fields: {payload: {type: 'bytes', id: 1}}},
    }}}}}},
  },
};

/** The declared type leaves out namespaces in namespaces, which the reader takes and every real file has. */
type Descriptor = Parameters<typeof fromJSON>[0];

/**
 * The service as grpc-js wants it, with our own codec: what `frame.ts` writes and reads is the whole protobuf message.
 */
export function fabricService(): ServiceDefinition {
  const loaded = fromJSON(FABRIC_DESCRIPTOR as Descriptor)['murmuration.fabric.v1.Fabric'];
  assert(loaded !== undefined && !('format' in loaded), 'the descriptor holds the service');
  const service: Record<string, ServiceDefinition[string]> = {};
  for (const [name, method] of Object.entries(loaded)) {
    service[name] = {
      ...method, requestSerialize: identity, requestDeserialize: identity, responseSerialize: identity, responseDeserialize: identity,
    };
  }
  return service;
}

function identity(message: Buffer): Buffer {
  return message;
}
