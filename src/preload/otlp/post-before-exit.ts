import { Worker } from "node:worker_threads";
import type { ConnectionOptions, OtlpEndpoint } from "./otlp-endpoint.ts";

/** State of a payload. */
const Mark = { Open: 0, Delivered: 1, Failed: 2 } as const;

/** Data passed to the other thread. */
interface Errand {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  readonly connection: ConnectionOptions;
  readonly payloads: readonly Uint8Array[];
  /** One mark per payload, followed by the number of payloads that are no longer open. */
  readonly marks: Int32Array;
}

/**
 * Sends payloads while this thread is blocked, because nothing asynchronous runs in or after an `exit`
 * listener.
 *
 * Another thread posts each payload once, all concurrently, and wakes this thread.
 *
 * @returns whether each payload was accepted; never throws
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
    // Passed as source text, because bundles would lack a separate file. The thread does not run the preload.
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
    // Threads may be forbidden. Unmarked payloads count as not sent.
  }
  return payloads.map((_, at) => Atomics.load(marks, at) === Mark.Delivered);
}

/** Runs in the other thread from its source text, so it cannot refer to anything in this module. */
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
