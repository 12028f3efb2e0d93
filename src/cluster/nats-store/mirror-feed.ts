import type { Msg } from "@nats-io/transport-node";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { parseAckSubject } from "../nats-client/ack-subject.ts";
import type { JetStreamApi } from "../nats-client/jetstream-api.ts";
import { toNanos } from "../nats-client/nanos.ts";
import type { Uplink, UplinkSubscription } from "../nats-client/uplink.ts";

/** What a {@link MirrorFeed} works with. */
export interface MirrorFeedParts {
  readonly uplink: Uplink;
  readonly api: JetStreamApi;
  readonly clock: Clock;
  readonly stream: string;
  /** Called with each message of the stream, in order, from the first one on. */
  readonly message: (subject: string, data: Uint8Array, sequence: number) => void;
  /** Called once everything that was there at the beginning was given. */
  readonly ready: () => void;
  /** Called once when messages may be missing: the feed is over, and another one has to be begun. */
  readonly broken: (why: string) => void;
}

const HEARTBEAT_MS = 2_000;
/** A consumer that says nothing for this long is gone, or this process was paused. */
const SILENCE_MS = 3 * HEARTBEAT_MS;
const STATUS = 100;
const NOTHING = new Uint8Array();

/** All messages of a stream and those that come, by an ephemeral consumer of its own. Messages that are erased are not told. */
export class MirrorFeed {
  readonly #parts: MirrorFeedParts;
  #subscription: UplinkSubscription | undefined;
  #timer: ClockTimer | undefined;
  #heardAtMs = 0;
  #delivered = 0;
  #isReady = false;
  #isOver = false;
  #name: string | undefined;

  constructor(parts: MirrorFeedParts) {
    this.#parts = parts;
  }

  /** Begins. Rejects as `JetStreamApi.call` does. */
  async start(): Promise<void> {
    const { uplink, api, stream, clock } = this.#parts;
    const inbox = uplink.inbox();
    this.#subscription = uplink.subscribe(inbox, (message) => this.#receive(message));
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
          idle_heartbeat: toNanos(HEARTBEAT_MS),
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
    this.#subscription?.stop();
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
    const place = parseAckSubject(message.reply ?? "");
    if (place?.consumerSequence !== this.#delivered + 1) {
      this.#break("a message is missing");
      return;
    }
    this.#delivered += 1;
    this.#parts.message(message.subject, message.data, place.streamSequence);
    if (place.pending === 0) this.#becomeReady();
  }

  /** A heartbeat, or the server that asks whether messages are kept up with. */
  #hear(message: Msg): void {
    if (message.reply !== undefined && message.reply !== "") message.respond();
    const stalled = message.headers?.get("Nats-Consumer-Stalled") ?? "";
    if (stalled !== "") {
      this.#parts.uplink.publish({ subject: stalled, headers: {}, body: NOTHING });
    }
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
