import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { defineActor } from "../../../src/index.ts";
import { type Kit, startKit } from "../../_support/telemetry-kit.ts";

/** Messages sent in one go, so that they are handled in one turn. */
const MESSAGES = 300;

const leaf = defineActor("leaf", {
  handlers: {
    note(c, id: number) {
      c.log.info({ id }, "noted");
    },
  },
});

/** Sends as many messages as there are, each from outside, and waits until all is handled. */
async function sendAll(kit: Kit, send: (id: number) => void): Promise<void> {
  for (let id = 0; id < MESSAGES; id += 1) send(id);
  await kit.system.shutdown();
}

/** Trace ids by the number of the message that logged them; fails when one is missing. */
function tracesById({ telemetry }: Kit, msg: string): string[] {
  const traces: string[] = [];
  for (const line of telemetry.logs()) {
    if (line.msg !== msg) continue;
    traces[line["id"] as number] = line["trace_id"] as string;
  }
  assert.equal(Object.keys(traces).length, MESSAGES);
  return traces;
}

function assertAllDiffer(traces: readonly string[]): void {
  assert.equal(new Set(traces).size, traces.length);
  for (const id of traces) assert.match(id, /^[0-9a-f]{32}$/);
}

/** Nothing is sampled, and messages come without a trace. */
const UNRECORDED = { tracing: { rootSampleRatio: 0 } };

describe("a message that starts a trace which is not recorded", () => {
  it("has a trace id of its own on its log lines", async () => {
    await using kit = startKit(UNRECORDED);
    const ref = kit.system.spawn(leaf);

    await sendAll(kit, (id) => ref.tell.note(id));

    assertAllDiffer(tracesById(kit, "noted"));
  });

  it("has it also after an await", async () => {
    await using kit = startKit(UNRECORDED);
    const late = defineActor("late", {
      handlers: {
        async note(c, id: number) {
          await Promise.resolve();
          c.log.info({ id }, "noted");
        },
      },
    });
    const ref = kit.system.spawn(late);

    await sendAll(kit, (id) => ref.tell.note(id));

    assertAllDiffer(tracesById(kit, "noted"));
  });

  it("keeps it in work that a synchronous handler leaves behind", async () => {
    await using kit = startKit(UNRECORDED);
    const left: Promise<void>[] = [];
    const careless = defineActor("careless", {
      handlers: {
        timer(c, id: number) {
          const { promise, resolve } = Promise.withResolvers<void>();
          left.push(promise);
          setTimeout(() => {
            c.log.info({ id }, "noted");
            c.log.info({ id }, "noted again");
            resolve();
          });
        },
        promise(c, id: number) {
          const work = async (): Promise<void> => {
            await Promise.resolve();
            c.log.info({ id }, "noted");
            await Promise.resolve();
            c.log.info({ id }, "noted again");
          };
          left.push(work());
        },
        handler(c, id: number) {
          left.push(Promise.resolve().then(() => c.log.info({ id }, "noted again")));
          c.log.info({ id }, "noted");
        },
      },
    });
    const ref = kit.system.spawn(careless);

    await sendAll(kit, (id) => {
      if (id % 3 === 0) ref.tell.timer(id);
      else if (id % 3 === 1) ref.tell.promise(id);
      else ref.tell.handler(id);
    });
    await Promise.all(left);

    const traces = tracesById(kit, "noted");
    assertAllDiffer(traces);
    assert.deepEqual(tracesById(kit, "noted again"), traces);
  });

  it("hands it on with messages, tasks and timers", async () => {
    await using kit = startKit(UNRECORDED);
    const below = kit.system.spawn(leaf);
    const branch = defineActor("branch", {
      handlers: {
        tell: (_c, id: number) => below.tell.note(id),
        task(c, id: number) {
          c.spawnTask("chore", () => below.tell.note(id));
        },
        ask(_c, id: number) {
          void below.ask.note(id);
        },
      },
    });
    const ref = kit.system.spawn(branch);

    await sendAll(kit, (id) => {
      if (id % 3 === 0) ref.tell.tell(id);
      else if (id % 3 === 1) ref.tell.task(id);
      else ref.tell.ask(id);
    });

    assertAllDiffer(tracesById(kit, "noted"));
  });

  it("shows it to code that asks for the active span, which is not recorded", async () => {
    await using kit = startKit(UNRECORDED);
    const seen: string[] = [];
    const curious = defineActor("curious", {
      handlers: {
        look() {
          const span = trace.getActiveSpan();
          if (span?.isRecording() === false) seen.push(span.spanContext().traceId);
        },
      },
    });
    const ref = kit.system.spawn(curious);

    await sendAll(kit, () => ref.tell.look());

    assert.equal(seen.length, MESSAGES);
    assertAllDiffer(seen);
    assert.deepEqual(kit.telemetry.spansNamed("curious.look"), []);
  });

  it("is recorded one by one where the draw says so", async () => {
    await using kit = startKit({ tracing: { rootSampleRatio: 0.2 } });
    const ref = kit.system.spawn(leaf);

    await sendAll(kit, (id) => ref.tell.note(id));

    const traces = tracesById(kit, "noted");
    assertAllDiffer(traces);
    const spans = kit.telemetry.spansNamed("leaf.note");
    assert.ok(spans.length > 0 && spans.length < MESSAGES);
    for (const span of spans) assert.ok(traces.includes(span.spanContext().traceId));
  });
});

describe("a handler that leaves another context in force", () => {
  it("does not pass it on to the messages after it", async () => {
    await using kit = startKit(UNRECORDED);
    const stray = trace.wrapSpanContext({
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      spanId: "00f067aa0ba902b7",
      traceFlags: 0,
    });
    const messy = defineActor("messy", {
      handlers: {
        note(c, id: number) {
          c.log.info({ id }, "noted");
          context.attach(trace.setSpan(ROOT_CONTEXT, stray));
        },
        plain(_c, _id: number) {
          context.attach(trace.setSpan(ROOT_CONTEXT, stray));
        },
      },
    });
    const ref = kit.system.spawn(messy);

    await sendAll(kit, (id) => {
      ref.tell.plain(id);
      ref.tell.note(id);
    });

    assertAllDiffer(tracesById(kit, "noted"));
  });
});
