import type { Clock } from "../../base/clock.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { ClusterTimings } from "../protocol/timings.ts";
import type { CoordinatorObserver, TermEnd } from "./coordinator-observer.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Election } from "./election.ts";
import { Office } from "./office.ts";
import type { RequestLimits } from "./requests.ts";
import type { Term } from "./term.ts";

/** What a {@link Coordinator} works with. */
export interface CoordinatorParts {
  readonly session: EngineSession;
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Returns a unique text of at most 64 characters. */
  readonly newId: () => string;
  /** `[A-Za-z0-9_-]{1,64}`, new at each start of the process. */
  readonly nodeId: string;
  readonly timings: ClusterTimings;
  readonly observer: CoordinatorObserver;
  /** How many requests may wait. Default: {@link DEFAULT_REQUEST_LIMITS}. */
  readonly limits?: RequestLimits;
  /** Whether actors are moved to even out the load. Default: yes. */
  readonly rebalances?: boolean;
}

/** How many requests may wait, unless a node is told otherwise. */
const DEFAULT_REQUEST_LIMITS: RequestLimits = {
  total: 10_000,
  perPeer: 1_000,
  pending: 10_000,
};

/** A node of a distributed engine looks for the lease within this time after its start. */
const FIRST_SPREAD_MS = 100;

/**
 * The coordinator of a cluster, which every node runs and which is active only on the one that holds the lease. It decides
 * where actors run; that no two activations of an actor can both store anything does not depend on it.
 */
export class Coordinator {
  readonly #parts: CoordinatorParts;
  readonly #election: Election;
  /** Dead letters of commands and events. Usable whether this node is active or not. */
  readonly deadLetters: DeadLetters;
  #office: Office | undefined;
  #closing: Promise<void> = Promise.resolve();

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
    const { session, clock, luck, newId, nodeId, timings, observer } = parts;
    this.deadLetters = new DeadLetters(session);
    this.#election = new Election({
      leases: session.leases,
      clock,
      luck,
      newId,
      nodeId,
      timings,
      firstSpreadMs: session.capabilities.isDistributed ? FIRST_SPREAD_MS : 0,
      begun: (term) => this.#begun(term),
      ended: (term, reason) => this.#ended(term, reason),
      seen: (node, term) => observer.coordinatorSeen(node, term),
      failed: (what, error) => observer.failed(what, error),
    });
  }

  /** Number of the term, while this node is the coordinator. */
  get term(): number | undefined {
    const { term } = this.#election;
    return term?.isActive === true ? term.number : undefined;
  }

  /** Number of requests that wait; 0 while this node is not the coordinator. */
  get waiting(): number {
    return this.#office?.waiting ?? 0;
  }

  /** Begins to look for the lease. */
  start(): void {
    this.#election.start();
  }

  /** Gives the lease back and resolves when nothing is under way. Never rejects. */
  async close(): Promise<void> {
    await this.#election.close();
    await this.#closing;
  }

  #begun(term: Term): void {
    const { limits = DEFAULT_REQUEST_LIMITS, rebalances = true, observer } = this.#parts;
    observer.termBegun(term.number);
    const office = new Office(term, { ...this.#parts, limits, rebalances });
    this.#office = office;
    void office.open(); // never rejects
  }

  #ended(term: Term, reason: TermEnd): void {
    const { observer } = this.#parts;
    const office = this.#office;
    this.#office = undefined;
    observer.termEnded(term.number, reason);
    if (office === undefined) return;
    this.#closing = Promise.all([this.#closing, office.close()]).then(() => {});
  }
}
