import type {RaftHost} from '@murmuration/raft-host';

/** What partitions and the storage node use of the Raft host. */
export type ReplicaHost = Pick<
  RaftHost,
  'createGroup' | 'removeGroup' | 'propose' | 'readIndex' | 'hasLease' | 'leaderOf' | 'staleness' | 'status' | 'membersOf' | 'unusableGroups'
  | 'reconcileMembers' | 'handLeadership' | 'awakeGroups' | 'sleepOf' | 'whenDrained'
>;
