import { type Clock, KeepAlive } from "../../base/clock.ts";
import type { ClusterMoveRow } from "../../wire/cluster.ts";
import type { Bus } from "../engine/bus.ts";
import { VIEW_ALL_SUBJECT } from "../protocol/subjects.ts";
import type { MoveBook } from "./move-book.ts";
import { MAX_MOVES } from "./node-facts.ts";
import { questionMessage } from "./view-messages.ts";

/** How long moves wait for others, to be sent together. */
const COLLECT_MS = 100;
/** Moves that wait to be sent. Beyond it the oldest are left out: viewers see the last ones. */
const MAX_WAITING = 1_000;
/** Characters of keys in a message, of which each may take six bytes. */
const MAX_TEXT = 15_000;

/** Tells all nodes of the moves that this node decides, so that viewers see them when it is gone. */
export class MoveSpread {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #waiting: ClusterMoveRow[] = [];
  #timer: { cancel(): void } | undefined;
  #isStopped = false;

  constructor(bus: Bus, clock: Clock, moves: MoveBook) {
    this.#bus = bus;
    this.#clock = clock;
    moves.onDecided((row) => this.#add(row));
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#send();
  }

  #add(row: ClusterMoveRow): void {
    if (this.#isStopped) return;
    this.#waiting.push(row);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#timer ??= this.#clock.schedule(() => this.#collected(), COLLECT_MS, KeepAlive.No);
  }

  #collected(): void {
    this.#timer = undefined;
    this.#send();
  }

  /** What cannot be sent waits for the next move: a node without a connection is not the coordinator for long. */
  #send(): void {
    while (this.#waiting.length > 0) {
      const some = this.#next();
      const message = questionMessage({ kind: "moves", moves: some });
      if (!this.#bus.publish(VIEW_ALL_SUBJECT, message)) return;
      this.#waiting.splice(0, some.length);
    }
  }

  #next(): readonly ClusterMoveRow[] {
    let room = MAX_TEXT;
    const some = this.#waiting.slice(0, MAX_MOVES).filter(({ id }) => {
      room -= id.length;
      return room >= 0;
    });
    return some;
  }
}
