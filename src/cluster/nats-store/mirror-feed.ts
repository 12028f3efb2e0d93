import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { createInbox } from "@nats-io/transport-node";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { JetStreamApi } from "./jetstream-api.ts";

/** What a {@link MirrorFeed} works with. */
export interface MirrorFeedParts {
  readonly connection: NatsConnection;
  readonly api: JetStreamApi;
  readonly clock: Clock;
  readonly stream: string;
  readonly inboxPrefix: string | undefined;
  /** Called with each message of the stream, in order, from the first one on. */
  readonly message: (subject: string, data: Uint8Array, sequence: number) => void;
  /** Called once everything that was there at the beginning was given. */
  readonly ready: () => void;
  /** Called once when messages may be missing: the feed is over, and another one has to be begun. */
  readonly broken: (why: string) => void;
}

const SECOND_NS = 1_000_000_000;
const HEARTBEAT_MS = 2_000;
/** A consumer that says nothing for this long is gone, or this process was paused. */
const SILENCE_MS = 3 * HEARTBEAT_MS;
const STATUS = 100;

/** All messages of a stream and those that come, by an ephemeral consumer of its own. Messages that are erased are not told. */
export class MirrorFeed {
  readonly #parts: MirrorFeedParts;
  #subscription: Subscription | undefined;
  #timer: ClockTimer | undefined;
  #heardAtMs = 0;
  #delivered = 0;
  #isReady = false;
  #isOver = false;
  #name: string | undefined;

  constructor(parts: MirrorFeedParts) {
    this.#parts = parts;
  }

  /** Begins. @throws {@link ApiFailure} */
  async start(): Promise<void> {
    const { connection, api, stream, clock, inboxPrefix } = this.#parts;
    const inbox = createInbox(inboxPrefix);
    this.#subscription = connection.subscribe(inbox, {
      callback: (error, message) => {
        if (error !== null) this.#break(error.message);
        else this.#receive(message);
      },
    });
    this.#heardAtMs = clock.monotonicMs();
    this.#watch();
    const { name, num_pending: pending } = await api.call<{ name: string; num_pending?: number }>(
      `CONSUMER.CREATE.${stream}`,
      {
        stream_name: stream,
        config: {
          deliver_subject: inbox,
          deliver_policy: "all",
          ack_policy: "none",
          replay_policy: "instant",
          flow_control: true,
          idle_heartbeat: (HEARTBEAT_MS / 1_000) * SECOND_NS,
          mem_storage: true,
          num_replicas: 1,
        },
      },
    );
    this.#name = name;
    if (pending === undefined || pending === 0) this.#becomeReady();
  }

  /** Ends the feed. The server removes its consumer, at the latest when nothing listens. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#subscription?.unsubscribe();
    const { api, stream } = this.#parts;
    if (this.#name === undefined) return;
    api.call(`CONSUMER.DELETE.${stream}.${this.#name}`, {}).catch(() => {}); // it goes by itself
  }

  #receive(message: Msg): void {
    if (this.#isOver) return;
    this.#heardAtMs = this.#parts.clock.monotonicMs();
    if (message.headers?.code === STATUS) {
      this.#hear(message);
      return;
    }
    const place = placeOf(message.reply ?? "");
    if (place?.delivered !== this.#delivered + 1) {
      this.#break("a message is missing");
      return;
    }
    this.#delivered += 1;
    this.#parts.message(message.subject, message.data, place.sequence);
    if (place.pending === 0) this.#becomeReady();
  }

  /** A heartbeat, or the server that asks whether messages are kept up with. */
  #hear(message: Msg): void {
    if (message.reply !== undefined && message.reply !== "") message.respond();
    const stalled = message.headers?.get("Nats-Consumer-Stalled") ?? "";
    if (stalled !== "") this.#parts.connection.publish(stalled);
    const last = message.headers?.get("Nats-Last-Consumer") ?? "";
    if (last === "") return;
    if (Number(last) === this.#delivered) this.#becomeReady();
    else this.#break("a message is missing");
  }

  #becomeReady(): void {
    if (this.#isReady || this.#isOver) return;
    this.#isReady = true;
    this.#parts.ready();
  }

  #watch(): void {
    this.#timer = this.#parts.clock.schedule(
      () => {
        const silentMs = this.#parts.clock.monotonicMs() - this.#heardAtMs;
        if (silentMs >= SILENCE_MS) this.#break("the consumer is silent");
        else this.#watch();
      },
      HEARTBEAT_MS,
      KeepAlive.No,
    );
  }

  #break(why: string): void {
    if (this.#isOver) return;
    this.stop();
    this.#parts.broken(why);
  }
}

/** `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<delivered>.<time>.<pending>`; later servers add two in front. */
function placeOf(
  reply: string,
): Readonly<Record<"sequence" | "delivered" | "pending", number>> | undefined {
  const tokens = reply.split(".").map(Number);
  const first = tokens.length === 9 ? 5 : 7;
  const [sequence = NaN, delivered = NaN, , pending = NaN] = tokens.slice(first);
  const isPlace = [sequence, delivered, pending].every(Number.isSafeInteger);
  return isPlace ? { sequence, delivered, pending } : undefined;
}
