import type {Clock, NodeId} from '@murmuration/base';
import type {ControlFailure, ControlRequest, ControlResponse} from '@murmuration/control-client';
import type {Catalog, CatalogResult} from './catalog.js';
import type {CatalogCommand} from './catalog-commands.js';
import type {ControlPlaneEvent} from './events.js';
import type {JobRunner} from './job-runner.js';
import {planAction} from './operator-actions.js';
import type {ActionPlan} from './operator-actions.js';

export interface OrderDeskPorts {
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly jobs: JobRunner;
  /** Nodes with a replica of the control group. */
  readonly controlNodes: () => ReadonlySet<NodeId>;
  readonly emit: (event: ControlPlaneEvent) => void;
  readonly submit: (command: CatalogCommand, done: (outcome: {readonly result: CatalogResult} | {readonly failure: ControlFailure}) => void) => void;
}

type Order = Extract<ControlRequest, {kind: 'act'}>;
type Done = (response: ControlResponse) => void;

/** How often an order that lost a race is planned anew before the operator is told to try again. */
const PLAN_TRIES_MAX = 8;

/** Takes operators' orders on the leading replica: plans them, and when they are no dry run carries out what they come to. */
export class OrderDesk {
  readonly #replicationFactor: number;
  readonly #ports: OrderDeskPorts;

  constructor(options: {readonly replicationFactor: number}, ports: OrderDeskPorts) {
    this.#replicationFactor = options.replicationFactor;
    this.#ports = ports;
  }

  handle(order: Order, done: Done, triesLeft: number = PLAN_TRIES_MAX): void {
    const {catalog, jobs, clock} = this.#ports;
    const plan = planAction(order.action, {
      catalog, view: jobs.view(), leaderOf: (entry) => jobs.leaderOf(entry), controlNodes: this.#ports.controlNodes(), replicationFactor: this.#replicationFactor, nowMs: clock.wallMs(),
    });
    if ('code' in plan) done({kind: 'failed', failure: plan});
    else if (order.isDryRun) done({kind: 'plan', steps: plan.steps, warnings: plan.warnings, jobs: []});
    else this.#carryOut(order, plan, 0, [], done, triesLeft);
  }

  #carryOut(order: Order, plan: ActionPlan, position: number, made: readonly number[], done: Done, triesLeft: number): void {
    const command = plan.commands[position];
    if (command === undefined) {
      if (order.action.kind === 'transfer-leader') this.#ports.jobs.pinLeader(order.action.group);
      if (plan.commands.length > 0) this.#ports.emit({event: 'control-plane/ordered', level: 'info', action: order.action.kind, steps: plan.steps});
      done({kind: 'plan', steps: plan.steps, warnings: plan.warnings, jobs: made});
      return;
    }
    this.#ports.submit(command, (outcome) => {
      if ('failure' in outcome) done({kind: 'failed', failure: outcome.failure});
      else if (outcome.result.kind === 'refused') done({kind: 'failed', failure: outcome.result.failure});
      else if (outcome.result.kind === 'stale-plan') {
        if (triesLeft > 0) this.handle(order, done, triesLeft - 1);
        else done({kind: 'failed', failure: {code: 'Unavailable', reason: 'the order lost the race to other changes too often'}});
      } else {
        const {job} = outcome.result;
        this.#carryOut(order, plan, position + 1, job === undefined ? made : [...made, job.job], done, triesLeft);
      }
    });
  }
}
