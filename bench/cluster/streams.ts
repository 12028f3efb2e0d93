import { connect, type NatsConnection } from "@nats-io/transport-node";

/** What a stream has, and how many messages were ever written to it. */
export interface StreamCount {
  readonly messages: number;
  readonly written: number;
  readonly bytes: number;
  readonly consumers: number;
}

const STREAMS = {
  commands: "LL_limelight_CMD",
  events: "LL_limelight_EVT",
  dead: "LL_limelight_DLQ",
  placements: "KV_ll_limelight_placements",
  leases: "KV_ll_limelight_leases",
  records: "LL_limelight_RECORDS",
} as const;
export type StreamName = keyof typeof STREAMS;

const decoder = new TextDecoder();

interface Info {
  readonly state?: {
    readonly messages: number;
    readonly last_seq: number;
    readonly bytes: number;
    readonly consumer_count: number;
  };
  readonly error?: unknown;
}

/** Reads the streams of the cluster in the default namespace. */
export class Streams implements AsyncDisposable {
  readonly #connection: NatsConnection;

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  static async open(servers: string): Promise<Streams> {
    return new Streams(await connect({ servers }));
  }

  async count(): Promise<Readonly<Record<StreamName, StreamCount>>> {
    const counts: Partial<Record<StreamName, StreamCount>> = {};
    for (const [name, stream] of Object.entries(STREAMS)) {
      const reply = await this.#connection.request(`$JS.API.STREAM.INFO.${stream}`);
      const { state, error } = JSON.parse(decoder.decode(reply.data)) as Info;
      if (state === undefined) throw new Error(`${stream}: ${JSON.stringify(error)}`);
      const { messages, last_seq: written, bytes, consumer_count: consumers } = state;
      counts[name as StreamName] = { messages, written, bytes, consumers };
    }
    return counts as Readonly<Record<StreamName, StreamCount>>; // all names are there
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}
