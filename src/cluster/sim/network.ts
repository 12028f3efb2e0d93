import { type FaultRates, NO_FAULTS } from "./fault-rates.ts";
import type { Random } from "./random.ts";
import type { SimServer } from "./sim-server.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What a message is, for the faults that may hit it. */
export const Traffic = {
  Request: "request",
  Write: "write",
  Reply: "reply",
  Bus: "bus",
  /** Part of a stream, such as a watch: it comes, or the connection breaks. */
  Stream: "stream",
} as const;
export type Traffic = (typeof Traffic)[keyof typeof Traffic];

/** What all links of a simulation share: the time, chance and faults. */
export class Network {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly server: SimServer;
  /** Of messages that are sent from now on. */
  rates: FaultRates = NO_FAULTS;
  /** Messages that were lost or delayed on purpose, by what has happened to them. */
  readonly counts: Map<string, number> = new Map();

  constructor(time: VirtualTime, random: Random, server: SimServer) {
    this.time = time;
    this.random = random;
    this.server = server;
  }

  /** Returns how long a message takes, in milliseconds; `undefined` if it is lost. */
  delayOf(traffic: Traffic): number | undefined {
    const { rates, random } = this;
    if (random.chance(this.#lossOf(traffic))) {
      this.count(`lost_${traffic}`);
      return undefined;
    }
    if (traffic === Traffic.Write && random.chance(rates.ghost)) {
      this.count("ghost");
      return random.between(rates.ghostMs / 2, rates.ghostMs);
    }
    if (random.chance(rates.slow)) {
      this.count("slow");
      return random.between(0, rates.slowMs);
    }
    return random.between(...rates.delayMs);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  #lossOf(traffic: Traffic): number {
    switch (traffic) {
      case Traffic.Request:
      case Traffic.Write:
        return this.rates.lostRequest;
      case Traffic.Reply:
        return this.rates.lostReply;
      case Traffic.Bus:
        return this.rates.lostBus;
      case Traffic.Stream:
        return 0;
    }
  }
}
