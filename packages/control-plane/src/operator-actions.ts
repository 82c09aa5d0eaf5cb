import {fromHex, compareBytes, toGroupId, toHex, unreachable} from '@murmuration/base';
import type {NodeId} from '@murmuration/base';
import type {ControlFailure, GroupReport, OperatorAction} from '@murmuration/control-client';
import {canLead, canReplace, canTake, chooseTarget, isSettled, planDrain, planHeal, planMoves, quorumEffect, replicaLoad} from '@murmuration/placement';
import type {ClusterView, NodeEntry, PartitionEntry, PlannedMove} from '@murmuration/placement';
import {controlRoleReason} from './catalog.js';
import type {Catalog} from './catalog.js';
import type {CatalogCommand} from './catalog-commands.js';
import {cancelCommand, startMove, startSplit} from './job-steps.js';
import {removedReason} from './node-registry.js';

/** What an order comes to: told in sentences, and the commands that carry it out. */
export interface ActionPlan {
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
  readonly commands: readonly CatalogCommand[];
}

export interface ActionSurroundings {
  readonly catalog: Catalog;
  readonly view: ClusterView;
  readonly leaderOf: (entry: PartitionEntry) => GroupReport | undefined;
  /** Nodes with a replica of the control group. */
  readonly controlNodes: ReadonlySet<NodeId>;
  readonly replicationFactor: number;
  readonly nowMs: number;
}

/** Moves told of one by one in a plan; more are counted. */
const MOVES_TOLD_MAX = 20;
/** Moves looked ahead for a dry run of evening out. */
const BALANCE_LOOK_AHEAD_MAX = 10_000;

/** Plans an operator's order. Pure: the same for a dry run and for carrying it out. */
export function planAction(action: OperatorAction, around: ActionSurroundings): ActionPlan | ControlFailure {
  switch (action.kind) {
    case 'drain-node':
      return planDrainNode(action.node, around);
    case 'undrain-node': {
      const node = around.catalog.node(action.node);
      if (node === undefined) return missingNode(action.node, around.catalog);
      if (around.catalog.fate(node.node)?.kind === 'replaced' && node.roles.includes('control') && !around.controlNodes.has(node.node)) {
        return refused(`another node has taken the place of ${node.node} in the control plane; it goes on being replaced`);
      }
      const cancelled = leavingMoves(node.node, around);
      if (node.duty === 'serving' && cancelled.length === 0) return {steps: [`node ${node.node} serves already`], warnings: [], commands: []};
      return {
        steps: [
          `node ${node.node} takes replicas and leaderships again`,
          ...(cancelled.length === 0 ? [] : [`${cancelled.length} copies on their way to other nodes are called off`]),
          'replicas are evened out over the nodes of its AZ',
        ],
        warnings: [],
        commands: [{kind: 'set-node-duty', node: node.node, duty: 'serving'}, ...cancelled],
      };
    }
    case 'remove-node':
      return planRemoveNode(action.node, around);
    case 'replace-node':
      return planReplaceNode(action.node, action.by, around);
    case 'move-replica':
      return planMoveReplica(action, around);
    case 'split-partition':
      return planSplitPartition(action, around);
    case 'transfer-leader':
      return planTransfer(action, around);
    case 'rebalance': {
      const moves = planMoves(around.view, BALANCE_LOOK_AHEAD_MAX);
      if (moves.length === 0) return {steps: ['replicas are even over the nodes of each AZ: nothing to do'], warnings: [], commands: []};
      return {steps: tellMoves(moves, around), warnings: warningsOf(around), commands: [{kind: 'set-balancing', isBalancing: true}]};
    }
    case 'cancel-job': {
      const job = around.catalog.job(action.job);
      if (job === undefined) return {code: 'NotFound', what: `job ${action.job}`};
      const entry = around.catalog.partition(job.group);
      const command = cancelCommand(job, entry, entry === undefined ? undefined : around.leaderOf(entry), around.nowMs);
      if ('reason' in command) return refused(command.reason);
      const outcome = job.kind === 'split' ? 'its partition stays whole, unless its leader cuts it before it hears of this' : 'its new replica leaves again';
      return {steps: [`job ${job.job} (${job.kind} of partition ${job.group}) is called off; ${outcome}`], warnings: [], commands: [command]};
    }
    default:
      return unreachable(action);
  }
}

/** What calls off the moves that a drain of the node has begun, where that is still possible; the others end by themselves. */
function leavingMoves(id: NodeId, around: ActionSurroundings): readonly CatalogCommand[] {
  const commands: CatalogCommand[] = [];
  for (const job of around.catalog.runningJobs()) {
    const entry = around.catalog.partition(job.group);
    if (job.kind !== 'move' || (job.cause !== 'drain' && job.cause !== 'replace') || entry?.replicas.find(({replica}) => replica === job.from)?.node !== id) continue;
    const command = cancelCommand(job, entry, undefined, around.nowMs);
    if (!('reason' in command)) commands.push(command);
  }
  return commands;
}

function planDrainNode(id: NodeId, around: ActionSurroundings): ActionPlan | ControlFailure {
  const node = around.catalog.node(id);
  if (node === undefined) return missingNode(id, around.catalog);
  const plan = planDrain(around.view, id);
  const stuck = plan.stuck[0];
  if (stuck !== undefined) {
    return refused(
      `${plan.stuck.length} replicas of node ${id} have nowhere to go: no other living node of AZ ${node.az} is free of partition ${stuck.group}, and another AZ would hold two copies. Add a node in AZ ${node.az} first`,
    );
  }
  const held = holdingCount(id, around);
  const steps = held === 0 ? [`node ${id} holds no replica; it gets none from now on`] : [`node ${id} gets no new replica, and gives its leaderships to others`, ...tellMoves(plan.moves, around)];
  const warnings = [...warningsOf(around), ...(node.state === 'up' ? [] : [`node ${id} is ${node.state}: its replicas are copied from the others`])];
  return {steps, warnings, commands: node.duty === 'draining' ? [] : [{kind: 'set-node-duty', node: id, duty: 'draining'}]};
}

function planRemoveNode(id: NodeId, around: ActionSurroundings): ActionPlan | ControlFailure {
  const {catalog, view} = around;
  const node = catalog.node(id);
  if (node === undefined) return catalog.fate(id)?.kind === 'removed' ? refused(removedReason(id)) : missingNode(id, catalog);
  if (node.roles.includes('control')) return refused(controlRoleReason(id));
  const held = [...catalog.partitions()].filter((entry) => entry.replicas.some((placement) => placement.node === id));
  if (held.length > 0 && node.state !== 'down') return refused(`node ${id} is ${node.state} and holds replicas of ${held.length} partitions; drain it first: murmur node drain ${id}`);
  const without: ClusterView = {...view, isLost: (other) => other === id || view.isLost(other)};
  const healable = new Set(planHeal(without, around.replicationFactor).map((heal) => heal.group));
  for (const entry of held) {
    if (!quorumEffect(entry, without.isLost).isQuorumKept) return refused(`partition ${entry.group} has no living majority without node ${id}; bring its voters back first`);
    const isGoing = entry.replicas.every((placement) => placement.node !== id || placement.role === 'leaving');
    if (!isGoing && !healable.has(entry.group) && !view.busy.has(entry.group)) {
      return refused(`the copy of partition ${entry.group} on node ${id} has no other place to go; add a node first`);
    }
  }
  const steps = [`node ${id} is forgotten; a process under that name is refused from then on`];
  if (held.length > 0) steps.push(`${held.length} partitions get a new copy on other nodes, made from their living ones`);
  return {steps, warnings: warningsOf(around), commands: [{kind: 'remove-node', node: id}]};
}

function planReplaceNode(id: NodeId, by: NodeId, around: ActionSurroundings): ActionPlan | ControlFailure {
  const {catalog, view} = around;
  const node = catalog.node(id);
  const successor = catalog.node(by);
  if (node === undefined) return missingNode(id, catalog);
  if (successor === undefined) return missingNode(by, catalog);
  if (id === by) return refused('a node cannot replace itself');
  const control = node.roles.includes('control') ? planControlPlace(node, successor, around) : [];
  if (typeof control === 'string') return refused(control);
  if (!canTake(view, successor)) return refused(`node ${by} cannot take replicas: it is ${successor.state}, ${successor.duty}, with roles ${successor.roles.join(', ')}`);
  const plan = planDrain(view, id, by);
  const stuck = plan.stuck[0];
  if (stuck !== undefined) return refused(`partition ${stuck.group} cannot move from node ${id} to ${by} or elsewhere without two copies in one AZ or on one node`);
  const elsewhere = plan.moves.filter((move) => move.toNode !== by).length;
  return {
    steps: [`node ${id} gets no new replica, and gives its leaderships to others`, ...control, ...tellMoves(plan.moves, around), `node ${id} is forgotten when it is empty; a process under that name is refused from then on`],
    warnings: [...warningsOf(around), ...(elsewhere === 0 ? [] : [`${elsewhere} replicas go elsewhere, because node ${by} cannot hold them`])],
    commands: [{kind: 'replace-node', node: id, by}],
  };
}

/** What becomes of the control replica of a node that is replaced. @returns why it cannot be, as text */
function planControlPlace(node: NodeEntry, successor: NodeEntry, {catalog, controlNodes}: ActionSurroundings): readonly string[] | string {
  const {node: by} = successor;
  if (!successor.roles.includes('control')) return `node ${node.node} holds a control-plane replica and ${by} has no control role; start ${by} with it and --control-replaces ${node.node}`;
  if (successor.state !== 'up') return `node ${by} is ${successor.state}: it could not copy the catalog`;
  const other = catalog.replacedControlNode(by);
  if (other !== undefined && other !== node.node) return `node ${by} takes the place of ${other} already`;
  const taken = catalog.fate(node.node);
  if (taken?.kind === 'replaced' && taken.by !== by && controlNodes.has(taken.by)) return `node ${taken.by} has begun to take the place of ${node.node}; take that back first: murmur node undrain ${node.node}`;
  if (controlNodes.has(by) && other === undefined) return `node ${by} holds a control-plane replica of its own, and cannot take the place of another`;
  return [`node ${by} copies the catalog, and votes in the control plane from the moment in which ${node.node} does no more`];
}

function planMoveReplica(action: Extract<OperatorAction, {kind: 'move-replica'}>, around: ActionSurroundings): ActionPlan | ControlFailure {
  const {catalog, view} = around;
  const entry = catalog.partition(action.group);
  if (entry === undefined) return {code: 'NotFound', what: `partition ${action.group}`};
  const from = entry.replicas.find((placement) => placement.node === action.from);
  if (from === undefined) return refused(`node ${action.from} holds no replica of partition ${action.group}; these do: ${entry.replicas.map((placement) => placement.node).join(', ')}`);
  const unsettled = unsettledReason(entry, around);
  if (unsettled !== undefined) return refused(unsettled);
  if (action.to !== undefined) {
    const target = catalog.node(action.to);
    if (target === undefined) return missingNode(action.to, catalog);
    if (entry.replicas.some((placement) => placement.node === action.to)) return refused(`node ${action.to} holds a replica of partition ${action.group} already`);
    if (!canTake(view, target)) return refused(`node ${action.to} cannot take a replica: it is ${target.state}, ${target.duty}, with roles ${target.roles.join(', ')}`);
    if (!canReplace(view, entry, from, action.to)) return refused(`AZ ${target.az} holds a replica of partition ${action.group} already; two of them would be lost with it`);
  }
  const toNode = action.to ?? chooseTarget(view, replicaLoad(view), entry, {replaced: [from], mayShareAz: false, except: new Set()});
  if (toNode === undefined) return refused(`no living node is free for the replica without two of them in one AZ`);
  const effect = quorumEffect(entry, view.isLost, [...entry.replicas.filter((placement) => placement !== from), {...from, node: toNode}]);
  if (!effect.isQuorumKept) return refused(`partition ${action.group} has no living majority: ${effect.livingCountBefore} of ${effect.voterCountBefore} voters live`);
  const move = {group: entry.group, from: from.replica, toNode};
  return {
    steps: tellMoves([move], around), warnings: warningsOf(around),
    commands: [startMove(entry, {from: from.replica, toNode, cause: 'operator'}, catalog.counters().nextJob, around.nowMs)],
  };
}

function planSplitPartition(action: Extract<OperatorAction, {kind: 'split-partition'}>, around: ActionSurroundings): ActionPlan | ControlFailure {
  const entry = around.catalog.partition(action.group);
  if (entry === undefined) return {code: 'NotFound', what: `partition ${action.group}`};
  const unsettled = unsettledReason(entry, around);
  if (unsettled !== undefined) return refused(unsettled);
  if (around.leaderOf(entry) === undefined) return refused(`partition ${action.group} has no leader that could split it`);
  if (action.atHex !== undefined) {
    const at = fromHex(action.atHex);
    if (compareBytes(at, entry.from) <= 0 || compareBytes(at, entry.until) >= 0) {
      return refused(`the border ${action.atHex.slice(0, 64)} is not inside partition ${action.group}, which goes from ${toHex(entry.from)} until ${toHex(entry.until).slice(0, 64)}`);
    }
  }
  const {nextJob, nextGroupId} = around.catalog.counters();
  const child = toGroupId(nextGroupId);
  return {
    steps: [
      `the leader of partition ${entry.group} pauses its writes for a moment and cuts it ${action.atHex === undefined ? 'in the middle of its data' : `at ${action.atHex.slice(0, 64)}`}`,
      `the upper half becomes partition ${child}, with replicas on the same nodes`,
    ],
    warnings: warningsOf(around),
    commands: [startSplit(entry, child, action.atHex, 'operator', nextJob, around.nowMs)],
  };
}

function planTransfer(action: Extract<OperatorAction, {kind: 'transfer-leader'}>, around: ActionSurroundings): ActionPlan | ControlFailure {
  const entry = around.catalog.partition(action.group);
  if (entry === undefined) return {code: 'NotFound', what: `partition ${action.group}`};
  const target = entry.replicas.find((placement) => placement.node === action.to);
  if (target === undefined) return refused(`node ${action.to} holds no replica of partition ${action.group}; these do: ${entry.replicas.map((placement) => placement.node).join(', ')}`);
  if (!canLead(around.view, target)) return refused(`the replica on node ${action.to} cannot lead: its role is ${target.role} and its node is ${around.catalog.node(action.to)?.state ?? 'gone'}, ${around.catalog.node(action.to)?.duty ?? ''}`);
  if (around.leaderOf(entry)?.replica === target.replica && entry.preferredLeader === target.replica) return {steps: [`node ${action.to} leads partition ${action.group} already`], warnings: [], commands: []};
  return {
    steps: [`partition ${action.group} hands its leadership to node ${action.to} as soon as the replica there has all entries`], warnings: [],
    commands: [{kind: 'prefer-leaders', leaders: [{group: entry.group, expectedMembership: entry.membership, replica: target.replica}]}],
  };
}

function unsettledReason(entry: PartitionEntry, around: ActionSurroundings): string | undefined {
  const job = around.catalog.runningJobOf(entry.group);
  if (job !== undefined) return `job ${job.job} (${job.kind}, step ${job.step}) is under way in partition ${entry.group}`;
  return isSettled(around.view, entry) ? undefined : `partition ${entry.group} lacks a full copy; it is healed first`;
}

function tellMoves(moves: readonly PlannedMove[], around: ActionSurroundings): readonly string[] {
  const told = moves.slice(0, MOVES_TOLD_MAX).map((move) => {
    const entry = around.catalog.partition(move.group);
    const from = entry?.replicas.find((placement) => placement.replica === move.from)?.node ?? '';
    const sizeBytes = entry === undefined ? 0 : (around.leaderOf(entry)?.sizeBytes ?? 0);
    return `partition ${move.group}: copy ${sizeBytes} bytes from node ${from} to ${move.toNode}, then drop the old copy`;
  });
  return moves.length > told.length ? [...told, `and ${moves.length - told.length} more moves`] : told;
}

function warningsOf(around: ActionSurroundings): readonly string[] {
  const away = [...around.catalog.nodes()].filter((node) => node.roles.includes('storage') && node.state !== 'up');
  return away.map((node: NodeEntry) => `node ${node.node} is ${node.state}: partitions with a copy there have less to spare`);
}

function holdingCount(node: NodeId, around: ActionSurroundings): number {
  return [...around.catalog.partitions()].filter((entry) => entry.replicas.some((placement) => placement.node === node)).length;
}

function missingNode(node: NodeId, catalog: Catalog): ControlFailure {
  return {code: 'NotFound', what: `node ${node}; there are: ${[...catalog.nodes()].map((known) => known.node).sort().join(', ')}`};
}

function refused(reason: string): ControlFailure {
  return {code: 'Refused', reason};
}
