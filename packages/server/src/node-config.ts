import {isNodeIdText, toAzId, toNodeId} from '@murmuration/base';
import type {AzId, NodeId, PeerAddress} from '@murmuration/base';
import type {ProcessRole} from '@murmuration/placement';
import {ServerError} from './errors.js';
import type {ServeOptions} from './option-table.js';

/** Who a process is and whom it knows, checked. */
export interface NodeConfig {
  readonly node: NodeId;
  readonly az: AzId;
  readonly roles: readonly ProcessRole[];
  readonly clusterId: string;
  readonly controlPeers: readonly PeerAddress[];
  /** The control process whose place this one takes: it is no founder of the control group, and joins it when it is told to. */
  readonly controlReplaces: NodeId | undefined;
  /** Peers that are reached at another address than the one they tell. */
  readonly fabricVia: readonly PeerAddress[];
  readonly options: ServeOptions;
}

const ROLES: readonly ProcessRole[] = ['router', 'storage', 'control'];

/** @throws ServerError `BadSetting` where settings do not fit together */
export function toNodeConfig(options: ServeOptions): NodeConfig {
  const roles = options.roles.map((role): ProcessRole => {
    const known = ROLES.find((candidate) => candidate === role);
    if (known === undefined) throw new ServerError({code: 'BadSetting', setting: 'roles', reason: `"${role}" is none of ${ROLES.join(', ')}`});
    return known;
  });
  if (roles.length === 0) throw new ServerError({code: 'BadSetting', setting: 'roles', reason: 'a process needs at least one role'});
  const controlPeers = options.controlPeers.map((text) => parsePeer('controlPeers', text));
  if (new Set(controlPeers.map((peer) => peer.node)).size !== controlPeers.length) {
    throw new ServerError({code: 'BadSetting', setting: 'controlPeers', reason: 'names a node twice'});
  }
  if (controlPeers.length === 0) throw new ServerError({code: 'BadSetting', setting: 'controlPeers', reason: 'names nobody; give NODE=HOST:PORT,…'});
  const isControlPeer = controlPeers.some((peer) => peer.node === options.nodeId);
  const {controlReplaces} = options;
  if (controlReplaces !== '') {
    const reason = !controlPeers.some((peer) => peer.node === controlReplaces) ? `names ${controlReplaces}, which is none of the control peers`
      : isControlPeer ? `is given to ${options.nodeId}, which is one of the control peers itself`
      : roles.includes('control') ? undefined : `is given to ${options.nodeId}, which has no control role`;
    if (reason !== undefined) throw new ServerError({code: 'BadSetting', setting: 'controlReplaces', reason});
  } else if (roles.includes('control') !== isControlPeer) {
    throw new ServerError({
      code: 'BadSetting', setting: 'controlPeers',
      reason: isControlPeer ? `names ${options.nodeId}, which has no control role` : `does not name ${options.nodeId}, which has the control role`,
    });
  }
  const fabricVia = options.fabricVia.map((text) => parsePeer('fabricVia', text));
  return {node: toNodeId(options.nodeId), az: toAzId(options.az), roles, clusterId: options.clusterId, controlPeers, controlReplaces: controlReplaces === '' ? undefined : toNodeId(controlReplaces), fabricVia, options};
}

function parsePeer(setting: string, text: string): PeerAddress {
  const equals = text.indexOf('=');
  const node = text.slice(0, equals);
  const address = text.slice(equals + 1);
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1));
  if (equals < 1 || colon < 1 || !isNodeIdText(node) || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ServerError({code: 'BadSetting', setting, reason: `"${text}" is not NODE=HOST:PORT`});
  }
  return {node: toNodeId(node), address};
}
