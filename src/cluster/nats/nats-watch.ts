import type { Msg } from "@nats-io/transport-node";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import type { EngineFault } from "../engine/engine.ts";
import type { KeyValueListener, Watch } from "../engine/key-value.ts";
import { type AckSubject, parseAckSubject } from "../nats-client/ack-subject.ts";
import type { JetStreamApi } from "../nats-client/jetstream-api.ts";
import { toNanos } from "../nats-client/nanos.ts";
import { readError } from "../nats-client/nats-errors.ts";
import type { Uplink } from "../nats-client/uplink.ts";
import { isMarkerMessage } from "./markers.ts";
import { WatchRound } from "./watch-round.ts";

/** What a watch needs. */
export interface WatchParts {
  readonly uplink: Uplink;
  readonly api: JetStreamApi;
  readonly clock: Clock;
  readonly onFault: (fault: EngineFault) => void;
  readonly runnerId: string;
  readonly stream: string;
  /** Before the key in subjects, with the dot. */
  readonly subjectPrefix: string;
  /** Called with each marker of a removed key that is there when a watch begins. */
  readonly markerMet: (marker: { readonly sequence: number; readonly storedAtMs: number }) => void;
}

const HEARTBEAT_MS = 2_000;
/** Without a sign for so long, the watch begins anew. */
const SILENCE_MS = 3 * HEARTBEAT_MS;
const RETRY_MS = 500;
/** How long the server keeps the consumer of a watch whose process has gone. */
const KEEP_MS = 30_000;
const STATUS_HEARTBEAT = 100;

let watches = 0;

interface ConsumerAnswer {
  readonly num_pending?: number;
}

/**
 * A watch of a bucket. It begins anew after each reconnect, each gap in what it got, and each silence: everything that is
 * there is read again, what has not changed is not told again, and what has vanished is told as removed.
 */
export class NatsWatch implements Watch {
  readonly #prefix: string;
  readonly #listener: KeyValueListener;
  readonly #parts: WatchParts;
  /** Revisions that were told. */
  readonly #told = new Map<string, number>();
  /** Keys of {@link #told} that the present round has not met yet; empty once it is current. */
  #unmet = new Set<string>();
  #round: WatchRound | undefined;
  #isBeginning = false;
  #isStopped = false;
  #timer: ClockTimer | undefined;
  readonly #forget: () => void;

  constructor(prefix: string, listener: KeyValueListener, parts: WatchParts) {
    this.#prefix = prefix;
    this.#listener = listener;
    this.#parts = parts;
    this.#forget = parts.uplink.onChange((isConnected) => {
      if (isConnected) this.#restart("the connection was lost");
    });
  }

  /** Begins, and resolves once everything that is there was told. */
  async begin(): Promise<void> {
    this.#lookLater(HEARTBEAT_MS);
    try {
      await this.#beginRound();
    } catch (error) {
      this.stop();
      throw readError(`watch of ${this.#parts.stream}`, error);
    }
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#forget();
    this.#timer?.cancel();
    this.#endRound();
  }

  async #beginRound(): Promise<void> {
    this.#endRound();
    const { uplink, clock } = this.#parts;
    watches += 1;
    const round = new WatchRound(`w_${this.#parts.runnerId}_${watches}`, clock);
    this.#round = round;
    this.#unmet = new Set(this.#told.keys());
    const inbox = uplink.inbox();
    round.subscription = uplink.subscribe(inbox, (message) => this.#receive(round, message));
    const { num_pending: pending = 0 } = await this.#createConsumer(round.name, inbox);
    if (pending === 0) this.#becomeCurrent(round);
    await round.current;
  }

  async #createConsumer(name: string, inbox: string): Promise<ConsumerAnswer> {
    const { api, stream, subjectPrefix } = this.#parts;
    const filter = `${subjectPrefix}${this.#prefix === "" ? "" : `${this.#prefix}.`}>`;
    return await api.call<ConsumerAnswer>(`CONSUMER.CREATE.${stream}.${name}.${filter}`, {
      stream_name: stream,
      config: {
        name,
        deliver_subject: inbox,
        deliver_policy: "last_per_subject",
        ack_policy: "none",
        filter_subject: filter,
        flow_control: true,
        idle_heartbeat: toNanos(HEARTBEAT_MS),
        inactive_threshold: toNanos(KEEP_MS),
        mem_storage: true,
        num_replicas: 1,
      },
    });
  }

  #receive(round: WatchRound, message: Msg): void {
    if (round !== this.#round || this.#isStopped) return;
    round.lastSignMs = this.#parts.clock.monotonicMs();
    if (message.headers?.code === STATUS_HEARTBEAT) {
      this.#receiveStatus(round, message);
      return;
    }
    const place = parseAckSubject(message.reply ?? "");
    if (place === undefined) return;
    if (place.consumerSequence !== round.received + 1) {
      this.#restart("messages are missing");
      return;
    }
    round.received += 1;
    this.#tell(round, message, place);
    if (place.pending === 0) this.#becomeCurrent(round);
  }

  /** A heartbeat, or a question whether more can be taken. */
  #receiveStatus(round: WatchRound, message: Msg): void {
    if (message.reply !== undefined && message.reply !== "") message.respond();
    const last = message.headers?.get("Nats-Last-Consumer") ?? "";
    if (last !== "" && Number(last) !== round.received) this.#restart("messages are missing");
  }

  #tell(round: WatchRound, message: Msg, place: AckSubject): void {
    const { streamSequence: revision, storedAtMs } = place;
    const key = message.subject.slice(this.#parts.subjectPrefix.length);
    this.#unmet.delete(key);
    if (isMarkerMessage((name) => message.headers?.get(name))) {
      if (this.#told.delete(key)) this.#listener.removed(key);
      // Later ones are deleted by the process that has written them, while it lives.
      if (!round.isCurrent) this.#parts.markerMet({ sequence: revision, storedAtMs });
      return;
    }
    if (this.#told.get(key) === revision) return;
    this.#told.set(key, revision);
    // Copied: the client's buffer holds more than this message.
    this.#listener.changed({ key, value: Uint8Array.from(message.data), revision });
  }

  #becomeCurrent(round: WatchRound): void {
    if (round !== this.#round || round.isCurrent) return;
    for (const key of this.#unmet) if (this.#told.delete(key)) this.#listener.removed(key);
    this.#unmet.clear();
    this.#listener.current();
    round.becomeCurrent();
  }

  #restart(why: string): void {
    this.#endRound(); // also ends the wait for it, if it has just begun
    void this.#beginAnew(why); // never rejects
  }

  async #beginAnew(why: string): Promise<void> {
    if (this.#isBeginning || this.#isStopped) return;
    this.#isBeginning = true;
    const { stream, onFault } = this.#parts;
    onFault({ kind: "watch_renewed", text: `a watch of ${stream}: ${why}`, error: undefined });
    try {
      await this.#beginRound();
    } catch (error) {
      this.#endRound();
      const text = `a watch of ${stream} cannot be renewed`;
      onFault({ kind: "watch_failed", text, error: toError(error) });
      this.#lookLater(RETRY_MS);
    }
    this.#isBeginning = false;
  }

  #lookLater(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.schedule(() => this.#look(), delayMs, KeepAlive.No);
  }

  /** Begins anew if there is no round, or if it has been silent. */
  #look(): void {
    const { uplink, clock } = this.#parts;
    this.#lookLater(HEARTBEAT_MS);
    if (!uplink.isConnected) return;
    const round = this.#round;
    if (round === undefined) this.#restart("it had ended");
    else if (clock.monotonicMs() - round.lastSignMs > SILENCE_MS) {
      this.#restart("the server was silent");
    }
  }

  #endRound(): void {
    const round = this.#round;
    if (round === undefined) return;
    this.#round = undefined;
    round.subscription?.stop();
    round.end();
    const { api, stream, uplink } = this.#parts;
    // The server deletes it by itself, 30 s after the last interest.
    if (uplink.isConnected) {
      void api.call(`CONSUMER.DELETE.${stream}.${round.name}`, {}).catch(() => {});
    }
  }
}
