import { on, once } from "node:events";
import { connect, type Socket } from "node:net";
import { type MessagePort, parentPort, Worker, workerData } from "node:worker_threads";

/*
 * A client in a thread of its own: it goes on while the thread of the server is busy, so that what it has sent
 * waits in the kernel, on connections that the server has not accepted yet.
 */

/** What the thread is told. */
interface Task {
  readonly connections: number;
  /** The port that requests go to, and whether they have been sent. */
  readonly signal: Int32Array;
}

/** What happened on a connection: the status of the answer, or what the connection ended with. */
export type Outcome = number | string;

const PATIENCE_MS = 20_000;
const Cell = { Port: 0, Sent: 1 } as const;

/** Sends requests that wait in the kernel when {@link send} returns. */
export class BacklogClient implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #signal: Int32Array;

  private constructor(worker: Worker, signal: Int32Array) {
    this.#worker = worker;
    this.#signal = signal;
  }

  /** @param connections how many there are in each round */
  static async start(connections: number): Promise<BacklogClient> {
    const signal = new Int32Array(new SharedArrayBuffer(8));
    const workerData: Task = { connections, signal };
    const worker = new Worker(new URL(import.meta.url), { workerData });
    await once(worker, "message"); // it is there
    return new BacklogClient(worker, signal);
  }

  /** Sends `request` on each connection, in the same turn of the event loop: nothing of it can be read yet. */
  send(port: number, request: string): Promise<readonly Outcome[]> {
    const signal = this.#signal;
    const outcomes = once(this.#worker, "message").then(([message]) => message as Outcome[]);
    Atomics.store(signal, Cell.Port, port);
    Atomics.store(signal, Cell.Sent, 0);
    this.#worker.postMessage(request);
    if (Atomics.wait(signal, Cell.Sent, 0, PATIENCE_MS) === "timed-out") {
      throw new Error("nothing was sent");
    }
    return outcomes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

async function run(parent: MessagePort, { connections, signal }: Task): Promise<void> {
  parent.postMessage("ready");
  for await (const [request] of on(parent, "message") as AsyncIterable<[string]>) {
    const port = Atomics.load(signal, Cell.Port);
    const sent = await Promise.all(
      Array.from({ length: connections }, () => sendOn(connect(port, "127.0.0.1"), request)),
    );
    Atomics.store(signal, Cell.Sent, 1);
    Atomics.notify(signal, Cell.Sent);
    parent.postMessage(await Promise.all(sent.map(({ outcome }) => outcome)));
  }
}

/** Resolves when the request is with the kernel. */
async function sendOn(socket: Socket, request: string): Promise<{ outcome: Promise<Outcome> }> {
  let text = "";
  let failure = "closed without an answer";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", ({ code }: NodeJS.ErrnoException) => {
    failure = code ?? failure;
  });
  const outcome = new Promise<Outcome>((resolve) => {
    socket.once("close", () => {
      const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(text) ?? [];
      resolve(status === undefined ? failure : Number(status));
    });
  });
  await once(socket, "connect");
  await new Promise<void>((resolve) => socket.write(request, () => resolve()));
  return { outcome };
}

if (parentPort !== null && workerData !== null) await run(parentPort, workerData as Task);
