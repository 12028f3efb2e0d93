import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Context, context, ROOT_CONTEXT, type Span, trace } from "@opentelemetry/api";
import { SamplingDecision } from "@opentelemetry/sdk-trace";
import { type ActorRef, createSystem, createTopic, defineActor } from "../../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { type OpenSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, forever, settleTurns } from "../../_support/actor-waiting.ts";

/** Holds what it is doing for ever, so that what follows stays in the mailbox. */
const holder = defineActor("holder", {
  mailbox: { limit: 1 },
  handlers: { hold: forever, take(_c, _value: number) {} },
});
type Holder = ActorRef<typeof holder.options.handlers>;

const patient = defineActor("patient", {
  mailbox: { limit: 1, whenFull: "wait" },
  handlers: { hold: forever, take(_c, _value: number) {} },
});

/** A way for a message to be lost: `send`, in the sender's trace, and `lose`, outside of it. */
interface Loss {
  send(): unknown;
  lose(): unknown;
}

async function busy({ system }: OpenSystem): Promise<Holder> {
  const ref = system.spawn(holder);
  ref.tell.hold();
  await settleTurns();
  return ref;
}

const losses: Record<string, (open: OpenSystem) => Promise<Loss> | Loss> = {
  "told to one that has stopped": async ({ system }) => {
    const ref = system.spawn(holder);
    await ref.stop();
    return { send: () => ref.tell.take(1), lose() {} };
  },
  "asked of one that has stopped": async ({ system }) => {
    const ref = system.spawn(holder);
    await ref.stop();
    return { send: () => codeOf(ref.ask.take(1)), lose() {} };
  },
  "told, and queued at a kill": async (open) => {
    const ref = await busy(open);
    return { send: () => ref.tell.take(1), lose: () => ref.kill() };
  },
  "asked, and queued at a kill": async (open) => {
    const ref = await busy(open);
    return { send: () => void codeOf(ref.ask.take(1)), lose: () => ref.kill() };
  },
  "told, and queued behind one that stops its actor": ({ system }) => {
    const leaver = defineActor("leaver", {
      handlers: { leave: (c) => c.stop(), take(_c, _value: number) {} },
    });
    const ref = system.spawn(leaver);
    ref.tell.leave();
    return { send: () => ref.tell.take(1), lose: () => ref.whenStopped() };
  },
  "told to one whose start fails": ({ system }) => {
    const broken = defineActor("broken", {
      onStart: () => assert.fail("no database"),
      handlers: { take(_c, _value: number) {} },
    });
    const ref = system.spawn(broken);
    return { send: () => ref.tell.take(1), lose: () => ref.whenStopped() };
  },
  "asked of one whose restarts are used up": ({ system }) => {
    const fragile = defineActor("fragile", {
      restart: { policy: "never" },
      handlers: { fail: () => assert.fail("no"), take(_c, _value: number) {} },
    });
    const ref = system.spawn(fragile);
    ref.tell.fail();
    return { send: () => void codeOf(ref.ask.take(1)), lose: () => ref.whenStopped() };
  },
  "told, and waiting for room at a kill": async ({ system }) => {
    const ref = system.spawn(patient);
    await ref.tell.hold();
    await settleTurns();
    await ref.tell.take(0);
    return { send: () => void ref.tell.take(1), lose: () => ref.kill() };
  },
  "told, and queued when a shutdown's deadline comes": async (open) => {
    const ref = await busy(open);
    return { send: () => ref.tell.take(1), lose: () => open.system.shutdown() };
  },
  "told to a pool that has ended": async ({ system }) => {
    const pool = system.spawnPool(holder, { size: 2 });
    await pool.stop();
    return { send: () => pool.tell.take(1), lose() {} };
  },
  "asked of a pool, and queued at its kill": async ({ system }) => {
    const pool = system.spawnPool(holder, { size: 1 });
    pool.tell.hold();
    await settleTurns();
    return { send: () => void codeOf(pool.ask.take(1)), lose: () => pool.kill() };
  },
  "told to all workers of a pool, and queued at its kill": async ({ system }) => {
    const pool = system.spawnPool(holder, { size: 1 });
    pool.tell.hold();
    await settleTurns();
    return { send: () => pool.broadcast.tell.take(1), lose: () => pool.kill() };
  },
  "published, and queued at a kill": async (open) => {
    const ref = await busy(open);
    const topic = createTopic<number>("numbers");
    topic.subscribe(ref, "take");
    return { send: () => topic.publish(1), lose: () => ref.kill() };
  },
  "published, and waiting for room at a kill": async (open) => {
    const ref = await busy(open);
    const topic = createTopic<number>("numbers", { delivery: "wait" });
    topic.subscribe(ref, "take");
    ref.tell.take(0);
    return { send: () => void topic.publish(1), lose: () => ref.kill() };
  },
  "forwarded, and queued at a kill": async (open) => {
    const ref = await busy(open);
    const door = open.system.spawn(
      defineActor("door", { handlers: { take: (c) => c.forward(ref).take(1) } }),
    );
    return {
      send: () => void codeOf(door.ask.take()),
      lose: () => settleTurns().then(() => ref.kill()),
    };
  },
};

/** The letter that carries 1: scenarios fill mailboxes with zeros. */
function lettersOf({ system }: OpenSystem): readonly { readonly context: Context }[] {
  return system.deadLetters.recent().filter(({ args }) => args[0] === 1);
}

describe("a dead letter has its sender's trace in its context and on its log line", () => {
  for (const [what, prepare] of Object.entries(losses)) {
    it(`of a message that was ${what}`, async () => {
      await using open = openSystem({ shutdownDeadlineMs: 50 });
      const tracer = open.telemetry.tracerProvider.getTracer("test");
      const span = tracer.startSpan("sender", {}, ROOT_CONTEXT);
      const { send, lose } = await prepare(open);

      await context.with(trace.setSpan(ROOT_CONTEXT, span), send);
      await context.with(ROOT_CONTEXT, lose);

      await assertTraceOfLoss(open, span);
    });
  }

  it("also when the trace is not sampled", async () => {
    const sampler = {
      shouldSample: () => ({ decision: SamplingDecision.NOT_RECORD }),
      toString: () => "never",
    };
    const telemetry = inMemoryTelemetry({ sampler });
    const system = createSystem({ ...telemetry.systemOptions });
    const open = { system, telemetry } as OpenSystem;
    const ref = await busy(open);
    const span = telemetry.tracerProvider.getTracer("test").startSpan("sender", {}, ROOT_CONTEXT);

    context.with(trace.setSpan(ROOT_CONTEXT, span), () => ref.tell.take(1));
    ref.kill();

    await assertTraceOfLoss(open, span);
    await system.shutdown();
  });

  it("also when an actor sent it, which the letter names", async () => {
    await using open = openSystem();
    const { system, telemetry } = open;
    const ref = await busy(open);
    const sender = defineActor("sender", { handlers: { send: () => ref.tell.take(1) } });
    const from = system.spawn(sender);
    await from.ask.send();

    ref.kill();

    const [letter] = system.deadLetters.recent();
    const [handler] = telemetry.spansNamed("sender.send");
    assert.equal(letter?.senderId, from.id);
    assert.ok(handler);
    const line = telemetry.logs().find(({ event }) => event === "actor.dead_letter");
    assert.equal(line?.["trace_id"], handler.spanContext().traceId);
    assert.equal(line?.["sender_id"], from.id);
  });
});

async function assertTraceOfLoss(open: OpenSystem, span: Span): Promise<void> {
  const { traceId } = span.spanContext();
  const letters = lettersOf(open);
  assert.equal(letters.length, 1);
  assert.equal(trace.getSpanContext(letters[0]?.context as Context)?.traceId, traceId);
  const lines = open.telemetry.logs().filter(({ event }) => event === "actor.dead_letter");
  assert.ok(
    lines.some((line) => line["trace_id"] === traceId),
    JSON.stringify(lines),
  );
  expectBooks(open.system);
}
