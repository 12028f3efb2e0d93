import type { Msg } from "@nats-io/transport-node";
import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { toNanos } from "../nats-client/nanos.ts";
import type { UplinkSubscription } from "../nats-client/uplink.ts";
import type { ConsumptionParts } from "./consumption-parts.ts";

/** Messages of one pull. How many are in flight is limited by the consumer itself. */
const BATCH = 1_000;
const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 2_000;
/** Without a sign of the server for so long, a pull counts as lost. */
export const SILENCE_MS: number = 3 * HEARTBEAT_MS;
const RETRY_MS = 250;

const Status = {
  Heartbeat: 100,
  NoMessages: 404,
  Timeout: 408,
  Conflict: 409,
  NoResponders: 503,
} as const;
/** Ends of a pull after which the next one can follow at once. */
const REGULAR_ENDS: ReadonlySet<number> = new Set([Status.NoMessages, Status.Timeout]);

/** What a {@link Pull} tells. */
export interface PullListener {
  /** A message has come. */
  receive(message: Msg): void;
  /** The server says that the consumer is gone. */
  lostConsumer(): void;
}

/**
 * Asks a consumer for messages, one request after the other. Each {@link begin} listens to a subject of its own: what
 * answers earlier requests is not received any more.
 */
export class Pull {
  readonly #name: string;
  readonly #parts: ConsumptionParts;
  readonly #listener: PullListener;
  #subscription: UplinkSubscription | undefined;
  #inbox = "";
  /** Messages that the present request may still bring. */
  #left = 0;
  #lastSignMs = 0;
  #retry: ClockTimer | undefined;

  constructor(name: string, parts: ConsumptionParts, listener: PullListener) {
    this.#name = name;
    this.#parts = parts;
    this.#listener = listener;
  }

  /** Milliseconds since the server has sent anything. */
  get silentMs(): number {
    return this.#parts.clock.monotonicMs() - this.#lastSignMs;
  }

  /** Begins, or begins anew. */
  begin(): void {
    this.end();
    const { uplink } = this.#parts;
    this.#inbox = uplink.inbox();
    const inbox = this.#inbox;
    this.#subscription = uplink.subscribe(inbox, (message) => {
      if (inbox === this.#inbox) this.#receive(message);
    });
    this.#ask();
  }

  end(): void {
    this.#inbox = "";
    this.#subscription?.stop();
    this.#subscription = undefined;
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #ask(): void {
    const { uplink, stream, clock } = this.#parts;
    this.#left = BATCH;
    this.#lastSignMs = clock.monotonicMs();
    const request = {
      batch: BATCH,
      expires: toNanos(EXPIRES_MS),
      idle_heartbeat: toNanos(HEARTBEAT_MS),
    };
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${this.#name}`;
    const body = Buffer.from(JSON.stringify(request));
    // If it is not sent, the silence is noticed.
    uplink.publish({ subject, headers: {}, body }, this.#inbox);
  }

  #receive(message: Msg): void {
    this.#lastSignMs = this.#parts.clock.monotonicMs();
    if (message.subject === this.#inbox) {
      this.#receiveStatus(message);
      return;
    }
    this.#left -= 1;
    if (this.#left === 0) this.#ask();
    this.#listener.receive(message);
  }

  #receiveStatus({ headers }: Msg): void {
    const code = headers?.code ?? 0;
    if (code === Status.Heartbeat) return;
    if (REGULAR_ENDS.has(code)) {
      this.#ask();
      return;
    }
    const isGone = /consumer deleted/i.test(headers?.description ?? "");
    if (isGone || code === Status.NoResponders) this.#listener.lostConsumer();
    this.#retry ??= this.#parts.clock.schedule(
      () => {
        this.#retry = undefined;
        this.#ask();
      },
      RETRY_MS,
      KeepAlive.No,
    );
  }
}
