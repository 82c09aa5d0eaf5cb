import type {Chance} from '../world/chance.js';
import type {World} from '../world/world.js';
import {apiHeaders} from './api-client.js';
import type {ApiNetwork, ApiResult} from './api-client.js';
import type {Doors} from './clients.js';

/** Where the callers of a run find their cluster. */
export interface CallerPorts {
  readonly world: World;
  readonly network: ApiNetwork;
  readonly doors: Doors;
}

/** Of a thousand choices of a node, those that ask for one nearby. */
const NEAR_PERMILLE = 600;

/** One user's way into the cluster: a node it stays with until it is sent elsewhere. */
export class Caller {
  readonly world: World;
  readonly chance: Chance;
  readonly #ports: CallerPorts;
  readonly #az: string;
  readonly #timeoutMs: number;
  #node: string;
  constructor(ports: CallerPorts, chance: Chance, az: string, timeoutMs: number) {
    this.world = ports.world;
    this.chance = chance;
    this.#ports = ports;
    this.#az = az;
    this.#timeoutMs = timeoutMs;
    this.#node = this.#pickNode();
  }
  get node(): string {
    return this.#node;
  }
  /** The next call goes by another node, or the same. */
  move(): void {
    this.#node = this.#pickNode();
  }
  /** @param done called exactly once, in an event of the world and in no process */
  call(operation: string, body: unknown, done: (result: ApiResult) => void): void {
    const {network, doors} = this.#ports;
    network.call({
      door: doors.door(this.#node), link: doors.linkTo(this.#az, this.#node), isAdmin: false, method: 'POST', target: '/', headers: apiHeaders(operation), body,
      timeoutMs: this.#timeoutMs,
    }, done);
  }
  #pickNode(): string {
    const {doors} = this.#ports;
    const near = doors.routerNodes.filter((node) => doors.azOf(node) === this.#az);
    return this.chance.pick(near.length > 0 && this.chance.permille(NEAR_PERMILLE) ? near : doors.routerNodes);
  }
}
