import assert from "node:assert/strict";
import { once } from "node:events";
import { watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { DataFolder } from "../_support/data-folder.ts";
import { show } from "../_support/demo-client.ts";
import type { DemoProcess, LogLine } from "../_support/demo-process.ts";
import { Stack } from "../_support/stack.ts";
import { closeDemo, openDemo, putUnderLoad } from "../_support/stack-demo.ts";
import { eventually } from "../_support/stack-program.ts";
import type { StoredLog } from "../_support/stack-victorialogs.ts";

const OUTAGE_MS = 30_000;
/** What VictoriaLogs acknowledged longer ago than this is on its disk, also on a machine that is busy. */
const FLUSH_LIMIT_MS = 10_000;

/** How often the collector is killed while lines are written. */
const KILLS = 10;

/** More requests than the collector's queue takes by default. It takes minutes of an outage to write so many. */
const REQUESTS = 1_100;

/** What two copies of a line have in common, and no two lines. */
function lineKey(timeMs: unknown, body: string): string {
  return JSON.stringify([timeMs, body]);
}

describe("collector, Prometheus, Jaeger and VictoriaLogs, when a part goes away", () => {
  let stack: Stack;
  before(async () => {
    stack = await Stack.start();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  function storedLines(service: string): Promise<StoredLog[]> {
    return stack.victoriaLogs.lines(`{service.name="${service}"}`);
  }

  /**
   * Resolves when the collector has just saved its position in the log files: lines before the position that are still
   * in its memory only are lost by a kill at this moment.
   */
  async function positionSaved(): Promise<void> {
    const watcher = watch(join(stack.local.collectorFolder, "receiver_filelog_"));
    await once(watcher, "change");
    watcher.close();
  }

  /** How many log lines the collector has read, and put in its queue, since it was started. */
  async function linesRead(): Promise<number> {
    const answer = await fetch(`${stack.local.url("collectorMetrics")}/metrics`);
    const series = /^otelcol_receiver_accepted_log_records_total\{.*\} (\S+)$/gm;
    const counts = [...(await answer.text()).matchAll(series)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** The lines that the demo wrote and VictoriaLogs does not have. */
  async function missingLines(service: string, demo: DemoProcess): Promise<LogLine[]> {
    const found = await storedLines(service);
    const stored = new Set(found.map(({ timeMs, body }) => lineKey(timeMs, body)));
    return demo.lines.filter((line) => !stored.has(lineKey(line["time"], line.msg)));
  }

  /** Every span that a line of the demo's was written in is in Jaeger, in its trace. */
  async function expectAllSpans(demo: DemoProcess): Promise<void> {
    const traces = Map.groupBy(
      demo.lines.filter((line) => line["trace_id"] !== undefined),
      (line) => String(line["trace_id"]),
    );
    assert.ok(traces.size > 20, `${traces.size} traces`);
    for (const [traceId, lines] of traces) {
      await eventually(`all spans of ${traceId}`, async () => {
        const found = new Set((await stack.jaeger.trace(traceId)).map(({ spanId }) => spanId));
        return lines.every((line) => found.has(String(line["span_id"]))) || undefined;
      });
    }
  }

  /** Each line that the demos of `service` wrote is in VictoriaLogs, once. */
  async function expectAllLines(service: string, demos: readonly DemoProcess[]): Promise<void> {
    const written = demos.flatMap(({ lines }) => lines);
    const arrived = await eventually(`${written.length} lines of ${service}`, async () => {
      const found = await storedLines(service);
      return found.length >= written.length ? found : undefined;
    });
    assert.deepEqual(
      arrived.map(({ timeMs, body }) => [timeMs, body]),
      written.map((line) => [line["time"], line.msg]),
    );
  }

  /** `demo` knows every order that one of `demos` has placed. */
  async function expectOrders(demo: DemoProcess, demos: readonly DemoProcess[]): Promise<void> {
    const placed = demos.flatMap(({ lines }) => lines.filter(({ msg }) => msg === "order placed"));
    assert.ok(placed.length > 10, `${placed.length} orders`);
    for (const { order_id: id } of placed) {
      assert.equal((await show(demo.url, String(id))).status, 200, String(id));
    }
  }

  function expectTotal(metric: string, service: string, expected: number): Promise<true> {
    return eventually(`${metric} = ${expected}`, async () => {
      const value = await stack.prometheus.value(`sum(${metric}{service_name="${service}"})`);
      return value === expected ? true : undefined;
    });
  }

  it(`loses no log line and no count when the collector is away for ${OUTAGE_MS / 1_000} s`, async () => {
    const service = "limelight-outage";
    await using demo = await openDemo(stack, service);
    const loaded = putUnderLoad(demo.url, OUTAGE_MS / 1_000 + 15);
    await demo.line("order placed");
    await stack.local.stop("collector");
    await delay(OUTAGE_MS); // the length of the outage is what is tested
    await stack.local.start("collector");
    const load = await loaded;
    const books = await closeDemo(demo);

    assert.equal(load["lost"], 0);
    await expectAllLines(service, [demo]);
    await expectTotal("actor_started_total", service, books.started);
    await expectTotal("actor_message_handled_total", service, books.handled);
    await expectTotal("actor_active", service, 0);
  });

  it(`loses no log line when the collector is killed ${KILLS} times and started again`, async (t) => {
    const service = "limelight-collector-restart";
    await using demo = await openDemo(stack, service);
    const loaded = putUnderLoad(demo.url, 20);
    await demo.line("order placed");
    for (let kills = 0; kills < KILLS; kills += 1) {
      await positionSaved();
      await stack.local.kill("collector");
      await stack.local.start("collector");
    }
    await loaded;
    const books = await closeDemo(demo);

    await eventually("all lines", async () =>
      (await missingLines(service, demo)).length === 0 ? true : undefined,
    );
    // What was read and not yet noted is read again: some lines may be there twice.
    const twice = (await storedLines(service)).length - demo.lines.length;
    t.diagnostic(`the kills left ${twice} of ${demo.lines.length} lines there twice`);
    await expectTotal("actor_started_total", service, books.started);
  });

  it("keeps log lines while VictoriaLogs is away, and delivers them", async () => {
    const service = "limelight-victorialogs-outage";
    await using demo = await openDemo(stack, service);
    assert.ok(await stack.local.stop("victorialogs"));
    await putUnderLoad(demo.url, 5);
    await stack.local.start("victorialogs");
    await closeDemo(demo);

    await expectAllLines(service, [demo]);
  });

  it("loses the last seconds of log lines at most when VictoriaLogs is killed", async (t) => {
    const service = "limelight-victorialogs-kill";
    await using demo = await openDemo(stack, service);
    await putUnderLoad(demo.url, 3);
    const early = demo.lines.length;
    await eventually("the early lines on disk", async () => {
      const inMemory = await stack.victoriaLogs.metric('vl_storage_rows{type="storage/inmemory"}');
      return inMemory === 0 && (await storedLines(service)).length >= early ? true : undefined;
    });
    const loaded = putUnderLoad(demo.url, 10);
    await eventually("some more lines", async () =>
      (await storedLines(service)).length > early + 100 ? true : undefined,
    );
    await stack.local.kill("victorialogs");
    const killedMs = Date.now();
    await stack.local.start("victorialogs");
    await loaded;
    await closeDemo(demo);

    const lost = await eventually("every line written since the kill", async () => {
      const missing = await missingLines(service, demo);
      return missing.every((line) => Number(line["time"]) < killedMs) ? missing : undefined;
    });
    const agesMs = lost.map((line) => killedMs - Number(line["time"]));
    const oldestMs = Math.max(0, ...agesMs);
    t.diagnostic(
      `the kill lost ${lost.length} of ${demo.lines.length} lines, the oldest ${oldestMs} ms before`,
    );
    assert.ok(oldestMs < FLUSH_LIMIT_MS, `lost a line ${oldestMs} ms old`);
    const earlyLines = new Set(demo.lines.slice(0, early).map((line) => JSON.stringify(line)));
    assert.deepEqual(
      lost.filter((line) => earlyLines.has(JSON.stringify(line))),
      [],
    );
  });

  it("loses no span that was delivered, nor any that waits, when Jaeger is killed", async () => {
    const service = "limelight-jaeger-kill";
    await using demo = await openDemo(stack, service);
    const loaded = putUnderLoad(demo.url, 12);
    const delivered = await eventually("some traces", async () => {
      const found = await stack.jaeger.search({ service, limit: 1_000 });
      return found.length > 20 ? found : undefined;
    });
    const sizes = new Map<string, number>();
    for (const id of delivered) sizes.set(id, (await stack.jaeger.trace(id)).length);
    await stack.local.kill("jaeger");
    await stack.local.start("jaeger");

    for (const [id, size] of sizes) {
      const kept = (await stack.jaeger.trace(id)).length;
      assert.ok(kept >= size, `${id}: ${kept} of ${size} spans`);
    }
    await loaded;
    await closeDemo(demo);
    await expectAllSpans(demo);
  });

  it("goes on counting, and has all orders, after the application has been restarted and after kill -9", async () => {
    const service = "limelight-restart";
    using folder = new DataFolder();
    const data = `--data=${folder.path}`;
    await using first = await openDemo(stack, service, data);
    await putUnderLoad(first.url, 3);
    const before = await closeDemo(first);
    await expectTotal("actor_started_total", service, before.started);
    await using second = await openDemo(stack, service, data);
    await putUnderLoad(second.url, 3);
    second.signal("SIGKILL");
    await second.ended;
    await using third = await openDemo(stack, service, data);
    await putUnderLoad(third.url, 3);
    await expectOrders(third, [first, second, third]);
    const books = await closeDemo(third);

    await expectAllLines(service, [first, second, third]);
    await expectTotal("actor_started_total", service, books.started);
    await expectTotal("actor_stopped_total", service, books.stopped);
    await expectTotal("actor_active", service, 0);
    const rates = `rate(actor_message_handled_total{service_name="${service}"}[10s])`;
    const end = Date.now() / 1_000;
    const values = await stack.prometheus.values(rates, end - 60, end);
    assert.ok(values.some((value) => value > 0));
    // A reset that is not seen as one makes a rate below zero, or one of thousands.
    assert.ok(values.every((value) => value >= 0 && value < 200));
  });

  it("pauses no file in a long outage of VictoriaLogs, and keeps all lines when the collector is stopped then", async () => {
    const service = "limelight-long-outage";
    const bodies = Array.from({ length: REQUESTS }, (_, number) => `line ${number}`);
    await stack.local.stop("victorialogs");
    const before = await linesRead();
    for (const [number, msg] of bodies.entries()) {
      // A file of one line is one request.
      const line = { level: 30, time: Date.now(), "service.name": service, msg };
      const file = join(stack.local.logFolder, `${service}-${number}.ndjson`);
      writeFileSync(file, `${JSON.stringify(line)}\n`);
    }
    await eventually("all lines in the queue", async () =>
      (await linesRead()) >= before + REQUESTS ? true : undefined,
    );
    assert.ok(await stack.local.stop("collector"));
    await stack.local.start("collector");
    await stack.local.start("victorialogs");

    const arrived = await eventually("all lines", async () => {
      const found = await storedLines(service);
      return found.length >= REQUESTS ? found : undefined;
    });
    assert.deepEqual(arrived.map(({ body }) => body).toSorted(), bodies.toSorted());
  });
});
