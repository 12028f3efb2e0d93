import { AsyncLocalStorage } from "node:async_hooks";
import { request as httpRequest } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { consoleLogStream, createConsole } from "../../src/console.ts";
import { createSystem, createTopic, defineActor } from "../../src/index.ts";
import { createLogger, latencyHistogram, withSpan } from "../../src/telemetry.ts";

/**
 * A program that opens a console, loggers, topics, pools, pipes and subscriptions of a monitor inside of requests.
 * Prints which stores code has seen that runs on behalf of no request, and which requests are still alive after
 * they ended. Needs `--expose-gc`.
 */

interface Request {
  readonly user: string;
  readonly body: Buffer;
}

const requests = new AsyncLocalStorage<Request>();
const refs = new Map<string, WeakRef<Request>>();
const seen = new Set<string>();
const places = new Set<string>();

function look(place: string): void {
  places.add(place);
  const store = requests.getStore();
  if (store !== undefined) seen.add(`${place} ${store.user}`);
}

function request<Result>(user: string, fn: () => Result): Result {
  const store = { user, body: Buffer.alloc(1_000_000) };
  refs.set(user, new WeakRef(store));
  return requests.run(store, fn);
}

async function* items(): AsyncGenerator<number> {
  look("pipe");
  yield 1;
  await nextTurn();
  look("pipe");
  yield 2;
  await new Promise<never>(() => {});
}

const lines: string[] = [];
const write = (line: string): void => {
  const { event } = JSON.parse(line) as { event?: string };
  lines.push(line);
  if (event === "console.action" || event === "actor.stopped") look(`line ${event}`);
};
const logger = request("logger", () => createLogger({ level: "info", destination: { write } }));
const histogram = request("histogram", () => latencyHistogram("app.wait"));
const system = request("system", () => createSystem({ logger, actors: [] }));
const definition = defineActor("worker", {
  onStop: () => look("onStop"),
  handlers: {
    work: (_c, _item?: number) => look("handler"),
    pipe: (c) => void c.pipe(items(), "work"),
    tick: (c) => void c.every("tick", 1, () => look("every")),
    hang: () => new Promise<void>(() => {}),
  },
});

const ref = request("spawner", () => system.spawn(definition));
const pool = request("pool", () => system.spawnPool(definition, { size: 2 }));
const topic = request("topic", () => createTopic<number>("news"));
request("subscriber", () => topic.subscribe(ref, "work"));
request("listener", () => system.monitor.on("warning", () => look("warning")));
request("dead letters", () => system.deadLetters.subscribe(() => look("dead letter")));
request("log stream", () => consoleLogStream().write("{}\n"));
request("span", () => withSpan("work", () => histogram.record(1)));
await request("publisher", async () => topic.publish(1));
await request("piper", () => ref.ask.pipe());
await request("ticker", () => ref.ask.tick());
await request("pool asker", () => pool.ask.work());
const { port, token, close } = await request("console", () =>
  createConsole(system, { port: 0, allowActions: true, token: "a-token-of-this-test-alone" }),
);

/** Sends a request from outside of all requests of the application. */
function ask(method: string, path: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "x-limelight-action": "1",
    };
    const sent = httpRequest({ host: "127.0.0.1", port, method, path, headers, agent: false });
    sent.on("error", reject).on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        if (path === "/api/events" && text.split("event: frame").length > 3) response.destroy();
      });
      response.on("close", () => resolve(text)).on("error", () => {});
    });
    sent.end(body);
  });
}

await ask("GET", "/api/actors");
await ask("GET", "/api/logs");
await ask("GET", "/api/events");
const victim = request("victim", () => system.spawn(definition));
await request("waiter", () => victim.whenReady());
await ask("POST", "/api/actions", JSON.stringify({ action: "stop", id: victim.id }));
await victim.whenStopped();
victim.tell.work();
while (!places.has("every")) await nextTurn();
while (lines.filter((line) => line.includes('"console.action"')).length === 0) await nextTurn();

for (let turn = 0; turn < 30; turn += 1) {
  await nextTurn();
  globalThis.gc?.();
}
const alive = [...refs].filter(([, kept]) => kept.deref() !== undefined).map(([user]) => user);
await close();
process.stdout.write(
  JSON.stringify({ seen: [...seen].toSorted(), places: [...places].toSorted(), alive }),
  () => process.exit(),
);
