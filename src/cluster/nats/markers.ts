import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { MessageHeaders } from "../engine/log.ts";
import type { JetStreamApi, RawMessage } from "../nats-client/jetstream-api.ts";
import { encodedHeader } from "../nats-client/message-headers.ts";

const OPERATION = "KV-Operation";
const REMOVALS: ReadonlySet<string | undefined> = new Set(["DEL", "PURGE"]);
/** Set by servers that leave a marker where a message has expired. */
const EXPIRY = "Nats-Marker-Reason";

/** Headers of the message that says that a key was removed, as other clients of buckets write it. */
export const MARKER_HEADERS: MessageHeaders = { [OPERATION]: "DEL" };

/** Whether a message says that its key was removed or has expired. */
export function isMarker({ headers }: Pick<RawMessage, "headers">): boolean {
  if (headers === "") return false;
  return (
    REMOVALS.has(encodedHeader(headers, OPERATION)) || encodedHeader(headers, EXPIRY) !== undefined
  );
}

/** As {@link isMarker}, for a message that was delivered. */
export function isMarkerMessage(headerOf: (name: string) => string | undefined): boolean {
  return REMOVALS.has(headerOf(OPERATION)) || (headerOf(EXPIRY) ?? "") !== "";
}

/** Long enough for watches to see a marker; those that were away compare all keys. */
const KEEP_MS = 30_000;
const SWEEP_MS = 5_000;
const MAX_WAITING = 10_000;

interface Due {
  readonly sequence: number;
  readonly atMs: number;
}

/**
 * Deletes the markers that this session has written, a while later, so that removed keys leave nothing. Those of sessions
 * that have ended are deleted when a list comes upon them.
 */
export class MarkerSweep {
  readonly #stream: string;
  readonly #api: Pick<JetStreamApi, "call">;
  readonly #clock: Clock;
  readonly #waiting: Due[] = [];
  #timer: ClockTimer | undefined;
  #isStopped = false;

  constructor(
    stream: string,
    { api, clock }: { readonly api: Pick<JetStreamApi, "call">; readonly clock: Clock },
  ) {
    this.#stream = stream;
    this.#api = api;
    this.#clock = clock;
  }

  /** Deletes the marker `sequence` in 30 s. */
  add(sequence: number): void {
    // One that is not noted is found by a list.
    if (this.#isStopped || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push({ sequence, atMs: this.#clock.monotonicMs() + KEEP_MS });
    this.#arm();
  }

  /** Deletes a marker that a list has come upon, if it is old. */
  addLeftover({ sequence, storedAtMs }: RawMessage): void {
    if (this.#clock.epochMs() - storedAtMs > 2 * KEEP_MS) void this.#delete(sequence);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer ??= this.#clock.schedule(() => void this.#sweep(), SWEEP_MS, KeepAlive.No);
  }

  async #sweep(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    while ((this.#waiting[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs && !this.#isStopped) {
      await this.#delete(this.#waiting.shift()?.sequence ?? 0);
    }
    this.#timer = undefined;
    if (this.#waiting.length > 0 && !this.#isStopped) this.#arm();
  }

  async #delete(sequence: number): Promise<void> {
    const request = { seq: sequence, no_erase: true };
    // A key that was written again has deleted it; without a connection a list deletes it later.
    await this.#api.call(`STREAM.MSG.DELETE.${this.#stream}`, request).catch(() => {});
  }
}
