import { Worker } from "node:worker_threads";
import type { ConnectionOptions, OtlpEndpoint } from "./otlp-endpoint.ts";

/** What became of a payload. */
const Mark = { Open: 0, Delivered: 1, Failed: 2 } as const;

/** What the other thread is given. */
interface Errand {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  readonly connection: ConnectionOptions;
  readonly payloads: readonly Uint8Array[];
  /** One mark a payload, then the number of those that are no longer open. */
  readonly marks: Int32Array;
}

/**
 * Sends payloads while this thread stands still: in an `exit` listener nothing asynchronous happens any
 * more. Another thread posts each of them once, all at the same time, and wakes this one.
 *
 * @returns whether each payload was taken; never throws
 */
export function postBeforeExit(
  endpoint: OtlpEndpoint,
  payloads: readonly Uint8Array[],
  deadlineMs: number,
): boolean[] {
  const count = payloads.length;
  const marks = new Int32Array(new SharedArrayBuffer((count + 1) * Int32Array.BYTES_PER_ELEMENT));
  const { url, headers, gzip, connection } = endpoint;
  const errand: Errand = { url: url.href, headers, gzip, connection, payloads, marks };
  try {
    const { NODE_OPTIONS: _, ...env } = process.env;
    // The source as text: a file of its own would be missing in bundles. No preload runs in it.
    new Worker(`(${post.toString()})(require("node:worker_threads").workerData)`, {
      eval: true,
      execArgv: [],
      env,
      stdout: true,
      stderr: true,
      workerData: errand,
    });
    Atomics.wait(marks, count, 0, deadlineMs);
  } catch {
    // Threads may be forbidden. What is not marked has not been sent.
  }
  return payloads.map((_, at) => Atomics.load(marks, at) === Mark.Delivered);
}

/** Runs in the other thread, from its text: nothing of this module can be named in it. */
function post({ url, headers, gzip, connection, payloads, marks }: Errand): void {
  const https = process.getBuiltinModule("node:https");
  const http = process.getBuiltinModule("node:http");
  const { gzipSync } = process.getBuiltinModule("node:zlib");
  const secure = url.startsWith("https:");
  const settings = { keepAlive: false, ...connection };
  const agent = secure ? new https.Agent(settings) : new http.Agent(settings);
  const send = secure ? https.request : http.request;
  let settled = 0;
  payloads.forEach((payload, at) => {
    const settle = (mark: number): void => {
      if (Atomics.compareExchange(marks, at, 0, mark) !== 0) return;
      settled += 1;
      if (settled < payloads.length) return;
      Atomics.store(marks, payloads.length, 1);
      Atomics.notify(marks, payloads.length);
    };
    try {
      const body = gzip ? gzipSync(payload) : payload;
      const encoding = gzip ? { "Content-Encoding": "gzip" } : {};
      const all = { ...headers, ...encoding, "Content-Length": String(body.byteLength) };
      const request = send(url, { method: "POST", agent, headers: all }, (response) => {
        const status = response.statusCode ?? 0;
        response.resume();
        settle(status >= 200 && status < 300 ? 1 : 2);
      });
      request.on("error", () => settle(2)).end(body);
    } catch {
      settle(2);
    }
  });
}
