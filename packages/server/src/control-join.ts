import {CONTROL_GROUP_ID, NO_REPLICA} from '@murmuration/base';
import type {EventSink, NodeId, TimerHandle, Timers} from '@murmuration/base';
import type {ControlClient} from '@murmuration/control-client';
import type {RaftHost} from '@murmuration/raft-host';

export type ControlJoinEvent =
  | {readonly event: 'control-join/replica-made'; readonly level: 'info'; readonly replica: number}
  | {readonly event: 'control-join/voting'; readonly level: 'info'; readonly replica: number};

export interface ControlJoinPorts {
  readonly timers: Timers;
  readonly events: EventSink;
}

/** A change of members takes some rounds of the control group; asking costs one small call. */
const ASK_EVERY_MS = 500;
const CALL_TIMEOUT_MS = 2_000;

/**
 * Brings a control process that stands on a new disk back into the control group, under a new id: asks the group's
 * leader until its replica votes. The dead replica's id is never used again.
 */
export class ControlJoin {
  readonly #self: {readonly node: NodeId; readonly diskId: string};
  readonly #host: RaftHost;
  readonly #client: ControlClient;
  readonly #ports: ControlJoinPorts;
  #timer: TimerHandle | undefined;
  #isStopped = false;

  constructor(self: {readonly node: NodeId; readonly diskId: string}, host: RaftHost, client: ControlClient, ports: ControlJoinPorts) {
    this.#self = self;
    this.#host = host;
    this.#client = client;
    this.#ports = ports;
  }
  start(): void {
    this.#ask();
  }
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #ask(): void {
    if (this.#isStopped) return;
    const replica = this.#host.status(CONTROL_GROUP_ID)?.replica ?? NO_REPLICA;
    this.#client.call({kind: 'join-control', ...this.#self, replica}, CALL_TIMEOUT_MS, (response) => {
      if (this.#isStopped) return;
      if (response.kind !== 'control-replica') {
        this.#later();
      } else if (response.replica === replica) {
        if (response.isVoter) this.#ports.events.emit({event: 'control-join/voting', level: 'info', replica} satisfies ControlJoinEvent);
        else this.#later();
      } else if (replica === NO_REPLICA) {
        const joining = {voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false};
        const descriptor = {group: CONTROL_GROUP_ID, replica: response.replica, initialConfState: joining, members: response.members, ownerData: new Uint8Array(0)};
        this.#host.createGroup(descriptor, {}, (result) => {
          if (result.ok) this.#ports.events.emit({event: 'control-join/replica-made', level: 'info', replica: response.replica} satisfies ControlJoinEvent);
          this.#later();
        });
      } else {
        // Another id was given for this disk, so the one here was given up before it was known: it takes part no more.
        this.#host.removeGroup(CONTROL_GROUP_ID, () => this.#later());
      }
    });
  }
  #later(): void {
    if (this.#isStopped) return;
    this.#timer = this.#ports.timers.after(ASK_EVERY_MS, () => this.#ask());
  }
}
