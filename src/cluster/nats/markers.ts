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
const MAX_WAITING = 100_000;

interface Due {
  readonly sequence: number;
  readonly atMs: number;
}

interface StreamAnswer {
  readonly state: { readonly last_seq: number };
}

/**
 * Deletes the markers that this session has written, a while later, so that removed keys leave nothing. Those of sessions
 * that have ended are deleted when a list or the beginning of a watch comes upon them. The last message of a stream is never deleted: a server that is
 * killed then could give its sequence again, and a revision would be used twice.
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
    this.#note(sequence, this.#clock.monotonicMs() + KEEP_MS);
  }

  #note(sequence: number, atMs: number): void {
    // One that is not noted is found by the next watch.
    if (this.#isStopped || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push({ sequence, atMs });
    this.#arm();
  }

  /** Deletes a marker that a list has come upon, if it is old. */
  addLeftover({ sequence, storedAtMs }: RawMessage): void {
    if (this.#clock.epochMs() - storedAtMs > 2 * KEEP_MS) this.#note(sequence, 0);
  }

  /** Deletes a marker that a watch has begun with, once it is old: its writer may have ended. */
  addMet({ sequence, storedAtMs }: Pick<RawMessage, "sequence" | "storedAtMs">): void {
    const ageMs = Math.max(0, this.#clock.epochMs() - storedAtMs);
    this.#note(sequence, this.#clock.monotonicMs() + Math.max(0, 2 * KEEP_MS - ageMs));
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
    const due = this.#waiting.filter(({ atMs }) => atMs <= nowMs);
    if (due.length > 0) await this.#deleteAll(due);
    this.#timer = undefined;
    if (this.#waiting.length > 0 && !this.#isStopped) this.#arm();
  }

  async #deleteAll(due: readonly Due[]): Promise<void> {
    const done = new Set<Due>();
    try {
      const { state } = await this.#api.call<StreamAnswer>(`STREAM.INFO.${this.#stream}`, {});
      for (const marker of due) {
        if (this.#isStopped || marker.sequence >= state.last_seq) continue;
        done.add(marker);
        await this.#delete(marker.sequence);
      }
    } catch {
      return; // asked again by the next sweep
    }
    const left = this.#waiting.filter((marker) => !done.has(marker));
    this.#waiting.splice(0, this.#waiting.length, ...left);
  }

  async #delete(sequence: number): Promise<void> {
    const request = { seq: sequence, no_erase: true };
    // A key that was written again has deleted it; without a connection a list deletes it later.
    await this.#api.call(`STREAM.MSG.DELETE.${this.#stream}`, request).catch(() => {});
  }
}
