import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { DemoProcess } from "../_support/demo-process.ts";
import { Stack } from "../_support/stack.ts";
import { closeDemo, openDemo, putUnderLoad } from "../_support/stack-demo.ts";
import { eventually } from "../_support/stack-program.ts";

const OUTAGE_MS = 30_000;

describe("collector, Prometheus, Tempo and Loki, when a part goes away", () => {
  let stack: Stack;
  before(async () => {
    stack = await Stack.start();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  /** Each line that the demos of `service` wrote is in Loki, once. */
  async function expectAllLines(service: string, demos: readonly DemoProcess[]): Promise<void> {
    const written = demos.flatMap(({ lines }) => lines);
    const arrived = await eventually(`${written.length} lines of ${service}`, async () => {
      const found = await stack.loki.lines(`{service_name="${service}"}`);
      return found.length >= written.length ? found : undefined;
    });
    assert.deepEqual(
      arrived.map(({ timeMs, body }) => [timeMs, body]),
      written.map((line) => [line["time"], line.msg]),
    );
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
    await demo.line("request answered");
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

  it("loses no log line when the collector is killed and started again", async () => {
    const service = "limelight-collector-restart";
    await using demo = await openDemo(stack, service);
    const loaded = putUnderLoad(demo.url, 12);
    await demo.line("request answered");
    await stack.local.kill("collector");
    await stack.local.start("collector");
    await loaded;
    const books = await closeDemo(demo);

    const written = demo.lines.map((line) => JSON.stringify([line["time"], line.msg]));
    const arrived = await eventually("all lines", async () => {
      const found = await stack.loki.lines(`{service_name="${service}"}`);
      const lines = found.map(({ timeMs, body }) => JSON.stringify([timeMs, body]));
      return written.every((line) => lines.includes(line)) ? lines : undefined;
    });
    // What was read and not yet noted is read again, and Loki keeps the same line at the same time once.
    assert.deepEqual(new Set(arrived), new Set(written));
    await expectTotal("actor_started_total", service, books.started);
  });

  it("keeps log lines while Loki is away, and delivers them", async () => {
    const service = "limelight-loki-outage";
    await using demo = await openDemo(stack, service);
    await stack.local.stop("loki");
    await putUnderLoad(demo.url, 5);
    await stack.local.start("loki");
    await closeDemo(demo);

    await expectAllLines(service, [demo]);
  });

  it("goes on counting after the application has been restarted, and after kill -9", async () => {
    const service = "limelight-restart";
    await using first = await openDemo(stack, service);
    await putUnderLoad(first.url, 3);
    const before = await closeDemo(first);
    await expectTotal("actor_started_total", service, before.started);
    await using second = await openDemo(stack, service);
    await putUnderLoad(second.url, 3);
    second.signal("SIGKILL");
    await second.ended;
    await using third = await openDemo(stack, service);
    await putUnderLoad(third.url, 3);
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
});
