import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createGateway, expose, unchecked } from "../../src/gateway.ts";
import { createSystem, defineKeyedActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { tracingOf } from "../harness/traced.ts";

/*
 * One of the servers that `gateway-http.ts` compares, in a process of its own. It sends its port, and answers each message
 * with the CPU time that it has used.
 */

/** What is measured; `bare` reads JSON and answers JSON, and does nothing else. */
export const Mode = {
  Bare: "bare",
  Untraced: "untraced",
  Sampled: "sampled",
  Recorded: "recorded",
} as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

const RATIOS: Readonly<Record<string, number>> = { [Mode.Sampled]: 0.01, [Mode.Recorded]: 1 };

const counter = defineKeyedActor("counter", {
  state: () => ({ count: 0 }),
  handlers: {
    read: (c, by: number) => c.state.count + by,
    add: (c, by: number) => {
      c.state.count += by;
      return c.state.count;
    },
  },
});

async function serve(mode: string | undefined): Promise<number> {
  if (mode === Mode.Bare) return serveBare();
  const ratio = RATIOS[mode ?? ""];
  const system = createSystem({
    actors: [counter],
    logger: createLogger({ destination: { write() {} } }),
    tracing: ratio === undefined ? true : { tracerProvider: tracingOf(ratio) },
  });
  const actors = [expose(counter, { calls: { read: unchecked, add: unchecked } })];
  const { port = 0 } = await createGateway(system, { actors, port: 0 });
  return port;
}

function serveBare(): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [by] = JSON.parse(Buffer.concat(chunks).toString()) as [number];
      const body = JSON.stringify(by);
      response.writeHead(200, [
        "Content-Type",
        "application/json",
        "Content-Length",
        String(body.length),
      ]);
      response.end(body);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

if (process.send !== undefined) {
  process.send(await serve(process.argv[2]));
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
}
