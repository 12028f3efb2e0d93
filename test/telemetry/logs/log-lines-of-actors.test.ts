import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pino } from "pino";
import { defineActor } from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { inMemoryTelemetry, type LogLine, ManualClock } from "../../../src/testing.ts";
import { type Kit, startKit } from "../../_support/telemetry-kit.ts";
import { inCaller, inUnsampledTrace, spanNamed } from "../../_support/telemetry-spans.ts";
import { until } from "../../_support/telemetry-until.ts";

function lineSaying({ telemetry }: Pick<Kit, "telemetry">, msg: string): LogLine {
  const found = telemetry.logs().filter((line) => line.msg === msg);
  assert.equal(found.length, 1, `one line ${msg}`);
  return found[0]!;
}

/** The lines of named events, in order. */
function events({ telemetry }: Kit, event: string): readonly LogLine[] {
  return telemetry.logs().filter((line) => line["event"] === event);
}

const idle = defineActor("idle", { handlers: { noop() {} } });

describe("any log line inside an actor", () => {
  it("carries the actor and the trace of the message, before and after awaits", async () => {
    await using kit = startKit();
    const { logger } = kit.telemetry;
    const worker = defineActor("worker", {
      handlers: {
        async work(c) {
          logger.info("first");
          await Promise.resolve();
          logger.info("second");
          await new Promise((resolve) => setImmediate(resolve));
          c.log.info("third");
        },
      },
    });
    const ref = kit.system.spawn(worker);

    await ref.ask.work();

    const handler = spanNamed(kit.telemetry, "worker.work").spanContext();
    for (const msg of ["first", "second", "third"]) {
      const line = lineSaying(kit, msg);
      assert.equal(line["actor_id"], ref.id, msg);
      assert.equal(line["actor_type"], "worker", msg);
      assert.equal(line["trace_id"], handler.traceId, msg);
      assert.equal(line["span_id"], handler.spanId, msg);
      assert.equal(line["trace_flags"], "01", msg);
    }
  });

  it("carries them in tasks, timers and hooks", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const { logger } = kit.telemetry;
    const worker = defineActor("worker", {
      async onStart() {
        await Promise.resolve();
        logger.info("in onStart");
      },
      async onStop() {
        await Promise.resolve();
        logger.info("in onStop");
      },
      onFailure() {
        logger.info("in onFailure");
        return "resume";
      },
      handlers: {
        work(c) {
          c.after("alarm", 10, () => logger.info("in timer"));
          c.spawnTask("chore", async () => {
            await Promise.resolve();
            logger.info("in task");
          });
        },
        fail() {
          throw new Error("no");
        },
      },
    });
    const ref = kit.system.spawn(worker);

    await ref.ask.work();
    await clock.advance(10);
    ref.tell.fail();
    await ref.stop();
    await until(() => kit.telemetry.spansNamed("worker stop").length === 1, "the stop's span");

    const spans = {
      "in onStart": "worker start",
      "in onStop": "worker stop",
      "in timer": "worker.alarm",
      "in task": "worker task chore",
      "in onFailure": "worker.fail",
    };
    for (const [msg, span] of Object.entries(spans)) {
      const line = lineSaying(kit, msg);
      assert.equal(line["actor_id"], ref.id, msg);
      assert.equal(line["span_id"], spanNamed(kit.telemetry, span).spanContext().spanId, msg);
    }
  });

  it("carries the actor whose code it is when actors call each other", async () => {
    await using kit = startKit();
    const { logger } = kit.telemetry;
    const inner = defineActor("inner", { handlers: { work: () => logger.info("inside") } });
    const target = kit.system.spawn(inner);
    const outer = defineActor("outer", {
      handlers: {
        async work() {
          await target.ask.work();
          logger.info("back outside");
        },
      },
    });
    const ref = kit.system.spawn(outer);

    await ref.ask.work();

    assert.equal(lineSaying(kit, "inside")["actor_id"], target.id);
    assert.equal(lineSaying(kit, "back outside")["actor_id"], ref.id);
  });

  it("carries none once the actor's code is left", async () => {
    await using kit = startKit();

    await kit.system.spawn(idle).ask.noop();
    kit.telemetry.logger.info("outside");

    const line = lineSaying(kit, "outside");
    assert.equal("actor_id" in line, false);
    assert.equal("trace_id" in line, false);
  });
});

describe("the log lines of a life", () => {
  it("say in named events that an actor started, failed, restarted and stopped", async () => {
    await using kit = startKit();
    const fragile = defineActor("fragile", {
      handlers: {
        fail() {
          throw new RangeError("too far");
        },
      },
    });

    const ref = inCaller(kit.telemetry, () => kit.system.spawn(fragile));
    ref.tell.fail();
    await until(() => events(kit, "actor.restarted").length === 1, "the restart");
    await ref.stop();

    const [started] = events(kit, "actor.started");
    const [failed] = events(kit, "actor.failed");
    const [restarted] = events(kit, "actor.restarted");
    const [stopped] = events(kit, "actor.stopped");
    for (const line of [started, failed, restarted, stopped]) {
      assert.equal(line?.["actor_id"], ref.id, line?.msg);
    }
    assert.equal(started?.["level"], 30);
    assert.equal(started?.["trace_id"], spanNamed(kit.telemetry, "caller").spanContext().traceId);
    assert.equal(failed?.["level"], 50);
    assert.equal(failed?.["phase"], "handler");
    assert.equal(failed?.["message_type"], "fail");
    assert.equal(failed?.["directive"], "restart");
    assert.equal(
      failed?.["span_id"],
      spanNamed(kit.telemetry, "fragile.fail").spanContext().spanId,
    );
    assert.equal((failed!["err"] as { message: string }).message, "too far");
    assert.equal(restarted?.["restarts"], 1);
    assert.equal(stopped?.["reason"], "normal");
  });

  it("are the actor's own although another actor's message was handled just before", async () => {
    await using kit = startKit({ tracing: false });
    const [busy, ending] = [kit.system.spawn(idle), kit.system.spawn(idle)];

    busy.tell.noop();
    await ending.stop();

    assert.equal(events(kit, "actor.stopped")[0]?.["actor_id"], ending.id);
  });

  it("never hold what messages hold", async () => {
    await using kit = startKit();
    const secretive = defineActor("secretive", {
      mailbox: { limit: 1 },
      restart: { policy: "never" },
      handlers: {
        fail(_c, _payload: string) {
          throw new Error("no");
        },
        keep: (_c, _payload: string) => new Promise(() => {}),
      },
    });
    const payload = "the-payload";
    const ref = kit.system.spawn(secretive);
    await assert.rejects(ref.ask.fail(payload));
    ref.tell.keep(payload);
    await until(() => kit.system.books().processing === 1, "the handler");
    ref.tell.keep(payload);
    assert.throws(() => ref.tell.keep(payload));
    ref.kill();
    ref.tell.keep(payload);
    const other = kit.system.spawn(secretive);
    other.tell.fail(payload);
    await other.whenStopped();

    assert.ok(kit.telemetry.logs().length > 5);
    assert.equal(JSON.stringify(kit.telemetry.logs()).includes(payload), false);
    for (const span of kit.telemetry.spans()) {
      assert.equal(JSON.stringify(span.attributes).includes(payload), false);
    }
  });
});

describe("warnings", () => {
  it("come three times in 30 s per event and type, then with how many were held back", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const [one, two] = [
      kit.system.spawn(idle),
      kit.system.spawn(defineActor("other", { handlers: { noop() {} } })),
    ];
    one.kill();
    two.kill();
    const letters = (type: string): LogLine[] =>
      events(kit, "actor.dead_letter").filter((line) => String(line["target_id"]).startsWith(type));

    for (let sent = 0; sent < 10; sent += 1) one.tell.noop();
    two.tell.noop();

    assert.equal(letters("idle").length, 3);
    assert.equal(letters("other").length, 1);
    await clock.advance(29_999);
    one.tell.noop();
    assert.equal(letters("idle").length, 3);
    await clock.advance(1);
    one.tell.noop();
    one.tell.noop();
    const [, , , fourth, fifth] = letters("idle");
    assert.equal(fourth?.["level"], 40);
    assert.equal(fourth?.["suppressed"], 8);
    assert.equal(fourth?.["reason"], "stopped");
    assert.equal(fourth?.["message_type"], "noop");
    assert.equal("suppressed" in fifth!, false);
    assert.equal(await kit.telemetry.value("actor.dead_letters"), 14);
  });

  it("are thinned out by event: a full mailbox is not hidden behind dead letters", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const small = defineActor("small", {
      mailbox: { limit: 1 },
      handlers: { wait: () => new Promise(() => {}) },
    });
    const gone = kit.system.spawn(small);
    gone.kill();
    for (let sent = 0; sent < 10; sent += 1) gone.tell.wait();
    const full = kit.system.spawn(small);
    full.tell.wait();
    await until(() => kit.system.books().processing === 1, "the handler");
    full.tell.wait();

    assert.throws(() => full.tell.wait(), { code: "ERR_MAILBOX_FULL" });

    const [line] = events(kit, "actor.mailbox.full");
    assert.equal(line?.["target_id"], full.id);
    assert.equal(line?.["limit"], 1);
    full.kill();
  });
});

describe("c.log", () => {
  it("of a logger the application brings carries the actor, and leaves that logger as it is", async () => {
    const telemetry = inMemoryTelemetry();
    const lines: LogLine[] = [];
    const logger = pino(
      { level: "warn", base: { app: "theirs" }, messageKey: "text" },
      { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) },
    );
    await using kit = startKit({ telemetry, logger });
    const worker = defineActor("worker", {
      handlers: {
        work(c) {
          c.log.info("too low");
          c.log.warn({ amount: 3 }, "kept");
        },
      },
    });
    const ref = kit.system.spawn(worker);

    await ref.ask.work();
    logger.warn("outside");

    const [kept, outside] = lines;
    assert.equal(lines.length, 2);
    assert.equal(kept?.["text"], "kept");
    assert.equal(kept?.["actor_id"], ref.id);
    assert.equal(kept?.["actor_type"], "worker");
    assert.equal(kept?.["app"], "theirs");
    assert.equal(logger.level, "warn");
    assert.deepEqual(logger.bindings(), { app: "theirs" });
    assert.equal("actor_id" in outside!, false);
  });

  it("of a child of limelight's logger keeps the child's fields", async () => {
    const telemetry = inMemoryTelemetry();
    await using kit = startKit({ telemetry, logger: telemetry.logger.child({ region: "eu" }) });
    const worker = defineActor("worker", {
      handlers: { work: (c) => c.log.child({ step: 1 }).info("within") },
    });
    const ref = kit.system.spawn(worker);

    await ref.ask.work();

    const line = lineSaying(kit, "within");
    assert.equal(line["region"], "eu");
    assert.equal(line["step"], 1);
    assert.equal(line["actor_id"], ref.id);
  });

  it("is the actor's wherever it is used", async () => {
    await using kit = startKit();
    const teller = defineActor("teller", {
      handlers: { tell: (_c, say: (msg: string) => void) => say("from another actor") },
    });
    const other = kit.system.spawn(teller);
    const owner = defineActor("owner", {
      handlers: { lend: (c) => other.ask.tell((msg) => c.log.info(msg)) },
    });
    const ref = kit.system.spawn(owner);

    await ref.ask.lend();

    assert.equal(lineSaying(kit, "from another actor")["actor_id"], ref.id);
  });

  it("carries the trace of an unsampled message, flagged as such", async () => {
    await using kit = startKit();
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const worker = defineActor("worker", { handlers: { work: (c) => c.log.info("quietly") } });

    await inUnsampledTrace(traceId, () => kit.system.spawn(worker).ask.work());

    const line = lineSaying(kit, "quietly");
    assert.equal(line["trace_id"], traceId);
    assert.equal(line["trace_flags"], "00");
  });

  it("writes the identity once", async () => {
    const written: string[] = [];
    const destination = { write: (line: string) => void written.push(line) };
    await using kit = startKit({ logger: createLogger({ destination }) });
    const worker = defineActor("worker", { handlers: { work: (c) => c.log.info("once") } });

    await kit.system.spawn(worker).ask.work();

    const line = written.find((text) => text.includes('"once"'));
    assert.equal(line?.split("actor_id").length, 2);
  });
});

describe("the line of a dead letter", () => {
  it("carries the trace of the lost message, not of the one handled before it", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const gate = Promise.withResolvers<void>();
    const slow = defineActor("slow", { handlers: { wait: () => gate.promise, noop() {} } });
    const ref = kit.system.spawn(slow);
    ref.tell.wait();
    inCaller(kit.telemetry, () => ref.tell.noop());
    const asked = assert.rejects(ref.with({ timeoutMs: 10 }).ask.noop(), {
      code: "ERR_ASK_TIMEOUT",
    });
    await clock.advance(50);
    await asked;

    gate.resolve();
    await ref.stop();

    const [line] = events(kit, "actor.dead_letter");
    const lost = spanNamed(kit.telemetry, "ask slow.noop").spanContext();
    assert.equal(line?.["trace_id"], lost.traceId);
    assert.notEqual(line?.["actor_id"], ref.id);
  });
});
