import type {Random} from '@murmuration/base';
import {HOLE, TcpLink} from './proxy.js';
import type {Flow} from './proxy.js';

export interface LinkEnd {
  readonly id: string;
  readonly fabricPort: number;
}
/** How a cut looks to those it parts. */
export type CutManner = 'hole' | 'refuse';

/** The fabric between the processes: one link for each ordered pair, so that who speaks to whom can be cut one by one. */
export class Links {
  readonly #links = new Map<string, TcpLink>();
  readonly #ids: readonly string[];

  constructor(ends: readonly LinkEnd[], random: Random) {
    this.#ids = ends.map((end) => end.id);
    for (const from of ends) {
      for (const to of ends) {
        if (from === to) continue;
        this.#links.set(`${from.id}>${to.id}`, new TcpLink({host: '127.0.0.1', port: to.fabricPort}, random.fork(`${from.id}>${to.id}`)));
      }
    }
  }

  async listen(): Promise<void> {
    for (const link of this.#links.values()) await link.listen();
  }
  async close(): Promise<void> {
    for (const link of this.#links.values()) await link.close();
  }

  /** The link that one process dials to reach another. */
  link(from: string, to: string): TcpLink {
    const link = this.#links.get(`${from}>${to}`);
    if (link === undefined) throw new Error(`there is no link from ${from} to ${to}`);
    return link;
  }
  /** `NODE=HOST:PORT,…` of the peers as one process must dial them. */
  via(from: string): string {
    return this.#ids.filter((to) => to !== from).map((to) => `${to}=127.0.0.1:${this.link(from, to).port}`).join(',');
  }

  /** No byte from one process reaches the other, on whichever connection; what the other says still arrives. */
  cutOneWay(from: string, to: string): void {
    this.link(from, to).setFlow('there', HOLE);
    this.link(to, from).setFlow('back', HOLE);
  }
  cut(a: string, b: string, manner: CutManner): void {
    if (manner === 'refuse') {
      this.link(a, b).refuse(true);
      this.link(b, a).refuse(true);
      return;
    }
    this.cutOneWay(a, b);
    this.cutOneWay(b, a);
  }
  /** Every link between the two sides. */
  cutApart(sideA: readonly string[], sideB: readonly string[], manner: CutManner): void {
    for (const a of sideA) for (const b of sideB) this.cut(a, b, manner);
  }
  /** Both ways of a link flow so. */
  slow(a: string, b: string, flow: Flow): void {
    for (const link of [this.link(a, b), this.link(b, a)]) {
      link.setFlow('there', flow);
      link.setFlow('back', flow);
    }
  }
  /** Heals everything. With `isReset`, connections break too, so that nothing that waited arrives late. */
  heal(isReset: boolean): void {
    for (const link of this.#links.values()) {
      if (isReset) link.reset();
      link.heal();
    }
  }

  /** Bytes held and connections broken so far, all links: what a fault on the network is proven by. */
  touched(): {readonly bytesHeld: number; readonly resetCount: number} {
    let bytesHeld = 0;
    let resetCount = 0;
    for (const link of this.#links.values()) {
      bytesHeld += link.bytesHeld;
      resetCount += link.resetCount;
    }
    return {bytesHeld, resetCount};
  }
}
