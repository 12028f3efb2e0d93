import { connect, headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { TEXT, type Work } from "./ask-load.ts";

/*
 * The least that a request to another process needs: one request over core NATS, JSON on both ways. `add` also stores the
 * new state with a compare-and-set publish before the reply, as a runner does.
 */

const SUBJECT = "bare.call";
const STREAM = "BARE";
const RECORDS = "bare.records";
const TIMEOUT_MS = 30_000;
const decoder = new TextDecoder();

interface Call {
  readonly work: Work;
  readonly key: number;
  readonly text: string;
}

/** State of one key. */
interface Entry {
  count: number;
  sequence: number;
}

function open(servers: string): Promise<NatsConnection> {
  return connect({ servers, noAsyncTraces: true });
}

/** Answers calls. */
export async function serveBare(servers: string): Promise<void> {
  const connection = await open(servers);
  await createStream(connection);
  const entries = new Map<number, Entry>();
  const handle = async (message: Msg): Promise<void> => {
    const { work, key, text } = JSON.parse(decoder.decode(message.data)) as Call;
    const entry = entries.get(key) ?? { count: 0, sequence: 0 };
    entries.set(key, entry);
    if (work === "add") {
      entry.count += 1;
      await store(connection, key, entry, text);
    }
    message.respond(JSON.stringify({ count: entry.count, text }));
  };
  connection.subscribe(SUBJECT, { callback: (_, message) => void handle(message) });
  await connection.flush();
}

/** Returns what asks the server. */
export async function callBare(
  servers: string,
): Promise<(work: Work, key: number) => Promise<void>> {
  const connection = await open(servers);
  return async (work, key) => {
    const call: Call = { work, key, text: TEXT };
    const reply = await connection.request(SUBJECT, JSON.stringify(call), { timeout: TIMEOUT_MS });
    const { text } = JSON.parse(decoder.decode(reply.data)) as { readonly text: string };
    if (text !== TEXT) throw new Error("another answer than expected");
  };
}

async function createStream(connection: NatsConnection): Promise<void> {
  const config = {
    name: STREAM,
    subjects: [`${RECORDS}.>`],
    retention: "limits",
    storage: "file",
    max_msgs_per_subject: 1,
    discard: "new",
    duplicate_window: 60_000_000_000,
  };
  const text = JSON.stringify(config);
  const reply = await connection.request(`$JS.API.STREAM.CREATE.${STREAM}`, text);
  const { error } = JSON.parse(decoder.decode(reply.data)) as { readonly error?: unknown };
  if (error !== undefined) throw new Error(JSON.stringify(error));
}

async function store(
  connection: NatsConnection,
  key: number,
  entry: Entry,
  text: string,
): Promise<void> {
  const expected = headers();
  expected.set("Nats-Expected-Last-Subject-Sequence", String(entry.sequence));
  const body = JSON.stringify({ count: entry.count, text });
  const options = { timeout: TIMEOUT_MS, headers: expected };
  const reply = await connection.request(`${RECORDS}.${key}`, body, options);
  const { seq, error } = JSON.parse(decoder.decode(reply.data)) as {
    readonly seq?: number;
    readonly error?: unknown;
  };
  if (seq === undefined) throw new Error(JSON.stringify(error));
  entry.sequence = seq;
}
