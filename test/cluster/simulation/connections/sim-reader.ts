import type { LastEvents } from "../../../../src/activation/access/link.ts";
import type { Owner } from "../../../../src/activation/records/record-keys.ts";
import { addressOf } from "../../../../src/cluster/protocol/address.ts";
import type { Random } from "../../../../src/cluster/sim/random.ts";
import type { BlockedReader } from "../../../../src/gateway/events/event-sink.ts";
import type { ConnectionNotes, Reader } from "./connection-notes.ts";
import type { SimSocket } from "./sim-gateway.ts";

/** A process, as its clients connect to it. */
export interface ConnectTo {
  readonly isOver: boolean;
  /** Resolves when it has crashed. */
  readonly crashed: Promise<void>;
  connect(owner: Owner, socket: SimSocket, last: LastEvents | undefined): void;
}

/** What a {@link SimReader} works with. */
export interface SimReaderParts {
  readonly name: string;
  readonly owner: Owner;
  readonly notes: ConnectionNotes;
  readonly random: Random;
  readonly nowMs: () => number;
  /** Calls back after a while of the simulation. */
  readonly after: (delayMs: number, callback: () => void) => void;
  /** A process to connect to. */
  readonly process: () => ConnectTo | undefined;
  readonly isGoing: () => boolean;
  /** Whether clients read slowly now and then, and leave. */
  readonly isFaulty: () => boolean;
}

/** Share of frames after which a client reads nothing for a while. */
const STALLS = 0.01;
const MAX_STALL_MS = 12_000;
/** A connection that is not open after this time is given up. */
const OPEN_MS = 15_000;
const RETRY_MS = [50, 1_500] as const;

/** A user with a connection to one actor, at one process after another. */
export class SimReader {
  readonly #parts: SimReaderParts;
  readonly #reader: Reader;
  #last: LastEvents | undefined;
  #connections = 0;

  constructor(parts: SimReaderParts) {
    this.#parts = parts;
    this.#reader = parts.notes.reader(parts.name, addressOf(parts.owner));
  }

  /** Connects, and does so again whenever the connection has ended. Never rejects. */
  async run(): Promise<void> {
    const { process, isGoing, random } = this.#parts;
    while (isGoing()) {
      const at = process();
      if (at !== undefined) await this.#connect(at);
      await this.#pause(random.between(...RETRY_MS));
    }
  }

  async #connect(at: ConnectTo): Promise<void> {
    const { name, owner, random, nowMs, after, isFaulty } = this.#parts;
    this.#connections += 1;
    const connectionId = `${name}-${this.#connections}`;
    const ended = Promise.withResolvers<void>();
    let isOver = false;
    let isOpen = false;
    let stalledUntilMs = 0;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      if (isOpen) this.#reader.seen.push({ kind: "ended" });
      ended.resolve();
    };
    const resume = (reader: BlockedReader): void =>
      after(Math.max(1, stalledUntilMs - nowMs()), () => {
        if (!isOver) reader.resume();
      });
    at.connect(
      owner,
      {
        connectionId,
        get isOver() {
          return isOver;
        },
        get isFull() {
          return nowMs() < stalledUntilMs;
        },
        opened: (position, gap) => {
          isOpen = true;
          this.#last = { connectionId, position };
          this.#reader.seen.push({ kind: "opened", position, gap });
        },
        send: (frame) => {
          if (isOver) return;
          this.#take(connectionId, String(frame));
          if (isFaulty() && random.chance(STALLS)) {
            stalledUntilMs = nowMs() + random.between(0, MAX_STALL_MS);
          }
        },
        whenRoom: resume,
        overtaken: end,
        ended: end,
      },
      this.#last,
    );
    after(OPEN_MS, () => {
      if (!isOpen) end();
    });
    void at.crashed.then(end);
    await ended.promise;
  }

  #take(connectionId: string, text: string): void {
    const parsed = JSON.parse(text) as Frame | readonly Frame[];
    for (const frame of Array.isArray(parsed) ? (parsed as readonly Frame[]) : [parsed as Frame]) {
      const { seen } = this.#reader;
      if (frame.t === "event") seen.push({ kind: "event", position: frame.n, body: frame.b });
      else seen.push({ kind: "gap", position: frame.at, gap: frame.gap.reason });
      this.#last = { connectionId, position: frame.t === "event" ? frame.n : frame.at };
    }
  }

  async #pause(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => this.#parts.after(delayMs, resolve));
  }
}

/** What a gateway sends. */
type Frame =
  | { readonly t: "event"; readonly n: string; readonly b: string }
  | { readonly t: "gap"; readonly at: string; readonly gap: { readonly reason: string } };
