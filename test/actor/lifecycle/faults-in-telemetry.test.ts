import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SimpleSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { defineActor } from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, until } from "../../_support/actor-waiting.ts";

const clumsy = defineActor("clumsy", {
  mailbox: { limit: 2 },
  onStop: () => assert.fail("no goodbye"),
  handlers: {
    ping: () => "pong",
    fail: () => assert.fail("oops"),
    wait: (_c, gate: Gate) => gate.opened,
  },
});

/** As of a disk that is full. */
const brokenLog = createLogger({
  level: "trace",
  destination: {
    write() {
      throw new Error("no space left on device");
    },
  },
});

describe("a log that throws at each line", () => {
  it("keeps no actor from starting, answering, restarting and stopping", async () => {
    await using open = openSystem({ logger: brokenLog });
    const ref = open.system.spawn(clumsy);
    await codeOf(ref.ask.fail());
    ref.tell.fail();

    const pong = await ref.ask.ping();
    await ref.stop();

    assert.equal(pong, "pong");
    assert.equal(await ref.whenStopped(), "normal");
  });

  it("loses no dead letter, and no listener of them", async () => {
    await using open = openSystem({ logger: brokenLog });
    const heard: string[] = [];
    open.system.deadLetters.subscribe(() => assert.fail("deaf"));
    open.system.deadLetters.subscribe(({ reason }) => heard.push(reason));
    const ref = open.system.spawn(clumsy);
    ref.tell.ping();
    ref.tell.ping();
    ref.kill();

    ref.tell.ping();

    assert.deepEqual(heard, ["undelivered", "undelivered", "stopped"]);
  });

  it("changes no refusal of a full mailbox", async () => {
    await using open = openSystem({ logger: brokenLog });
    const gate = new Gate();
    const ref = open.system.spawn(clumsy);
    ref.tell.wait(gate);
    await until(() => open.system.books().processing === 1);
    ref.tell.ping();
    ref.tell.ping();

    assert.throws(() => ref.tell.ping(), { code: "ERR_MAILBOX_FULL" });
    gate.open();
  });

  it("keeps no shutdown from its end", async () => {
    await using open = openSystem({ logger: brokenLog });
    const refs = Array.from({ length: 10 }, () => open.system.spawn(clumsy));
    for (const ref of refs) ref.tell.fail();

    const report = await open.system.shutdown();

    assert.equal(report.killed, 0);
  });
});

describe("an exporter of spans that throws", () => {
  it("harms no message", async () => {
    const exporter: SpanExporter = {
      export: () => assert.fail("no network"),
      shutdown: () => Promise.resolve(),
    };
    const spanProcessors = [new SimpleSpanProcessor({ exporter })];
    const tracing = { tracerProvider: new TracerProvider({ spanProcessors }) };
    await using open = openSystem({ tracing });

    const pong = await open.system.spawn(clumsy).ask.ping();

    assert.equal(pong, "pong");
  });
});
