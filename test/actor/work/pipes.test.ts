import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor, type PipeSource } from "../../../src/index.ts";
import { runningTasks } from "../../_support/actor-books.ts";
import { Notes, reader, Source } from "../../_support/actor-pipes.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

describe("a pipe", () => {
  it("makes each item a message, in order, and then says that it was the last", async () => {
    await using open = openSystem();
    const notes = new Notes();
    const ref = open.system.spawn(reader, { input: notes });
    const source = new Source(40);

    const { settled, kind } = await ref.ask.read(source, { onEnd: "end" });
    await settled;
    await ref.stop();

    const items = Array.from({ length: 40 }, (_, index) => index + 1);
    assert.deepEqual(notes.got, [...items, ["end"]]);
    assert.deepEqual([kind, source.returned], ["pipe", 0]);
  });

  const sources: Record<string, () => PipeSource<number>> = {
    "an async generator": async function* () {
      yield 1;
      yield 2;
    },
    "a ReadableStream": () =>
      new ReadableStream<number>({
        start(controller) {
          controller.enqueue(1);
          controller.enqueue(2);
          controller.close();
        },
      }),
    "a function": () => () => new Source(2),
  };
  for (const [what, make] of Object.entries(sources)) {
    it(`reads ${what}`, async () => {
      await using open = openSystem();
      const notes = new Notes();
      const ref = open.system.spawn(reader, { input: notes });

      await (await ref.ask.read(make())).settled;
      await ref.stop();

      assert.deepEqual(notes.got, [1, 2]);
    });
  }

  it("of a promise gives one item, also when that is undefined", async () => {
    await using open = openSystem();
    const notes = new Notes();
    const ref = open.system.spawn(reader, { input: notes });

    for (const item of ["one", undefined]) {
      await (await ref.ask.read(Promise.resolve(item), { onEnd: "end" })).settled;
    }
    await ref.stop();

    assert.deepEqual(notes.got, ["one", ["end"], undefined, ["end"]]);
  });

  it("is a task of the kind it was given, until it ends", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(reader, { input: new Notes() });
    const gate = new Gate();

    const { settled } = await ref.ask.read(gate.opened, { kind: "load" });

    assert.equal(runningTasks(open.system), 1);
    gate.open();
    await settled;
    assert.equal(runningTasks(open.system), 0);
    const kind = { "actor.task.kind": "load" };
    assert.equal(await open.telemetry.value("actor.task.duration", kind), 1);
    await ref.stop();
  });

  it("asks for no further item while as many as it may are unhandled", async () => {
    await using open = openSystem();
    const notes = new Notes();
    const [first, second] = [new Gate(), new Gate()];
    notes.gate = first;
    const ref = open.system.spawn(reader, { input: notes });
    const source = new Source(9);
    const { settled } = await ref.ask.read(source, { maxInFlight: 3 });
    await settleTurns();
    assert.deepEqual([source.asked, notes.got, open.system.books().waiting], [3, [1], 2]);

    notes.gate = second;
    first.open();
    await until(() => notes.got.length === 2);
    await settleTurns();

    assert.deepEqual([source.asked, notes.got], [4, [1, 2]]);
    second.open();
    await settled;
    await ref.stop();
    assert.equal(notes.got.length, 9);
  });

  it("lets timers and I/O have their turn, although the source never waits", async () => {
    await using open = openManualSystem();
    await open.clock.advance(10);
    const source = new Source(Number.POSITIVE_INFINITY);
    const ref = open.system.spawn(reader, { input: new Notes() });
    const task = await ref.ask.read(source);

    await until(() => source.asked > 1_000); // which it can see only in turns of its own

    task.cancel();
    await ref.stop();
  });

  it("asks on after an item whose handler failed, where that is not the end of the life", async () => {
    await using open = openSystem();
    const got: number[] = [];
    const tough = defineActor("tough", {
      onFailure: () => "resume",
      onStart: (c) => c.pipe(new Source(5), "item", { maxInFlight: 1 }),
      handlers: {
        item(_c, item: number) {
          got.push(item);
          if (item === 2) throw new Error("sync");
          return item === 3 ? Promise.reject(new Error("async")) : undefined;
        },
      },
    });
    const ref = open.system.spawn(tough);

    await until(() => got.length === 5);

    assert.deepEqual(got, [1, 2, 3, 4, 5]);
    await ref.stop();
  });

  it("starts a trace with each item, which links to the pipe's task", async () => {
    await using open = openSystem();
    const { telemetry } = open;
    const ref = open.system.spawn(reader, { input: new Notes() });

    await (await ref.ask.read(new Source(2))).settled;
    await ref.stop();

    const [task] = telemetry.spansNamed("reader task pipe");
    const items = telemetry.spansNamed("reader.item");
    assert.equal(items.length, 2);
    for (const item of items) {
      assert.equal(item.parentSpanContext, undefined);
      assert.equal(item.links[0]?.context.spanId, task?.spanContext().spanId);
      assert.equal(item.attributes["actor.message.kind"], "tell");
    }
    assert.notEqual(items[0]?.spanContext().traceId, items[1]?.spanContext().traceId);
  });

  it("counts its items as tells of the actor", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(reader, { input: new Notes() });

    await (await ref.ask.read(new Source(5))).settled;
    await ref.stop();

    const item = { "actor.message.type": "item", "actor.message.kind": "tell" };
    assert.equal(await open.telemetry.value("actor.message.sent", item), 5);
    assert.equal(await open.telemetry.value("actor.message.handled", item), 5);
  });
});

describe("a pipe that cannot be", () => {
  const fine = new Source(0);
  const calls: readonly (readonly [what: string, args: readonly unknown[], code: string])[] = [
    ["no source", [undefined, "item"], "ERR_INVALID_OPTION"],
    ["null", [null, "item"], "ERR_INVALID_OPTION"],
    ["an array", [[1, 2], "item"], "ERR_INVALID_OPTION"],
    ["a string", ["abc", "item"], "ERR_INVALID_OPTION"],
    ["no message", [fine], "ERR_UNKNOWN_MESSAGE"],
    ["an unknown message", [fine, "nope"], "ERR_UNKNOWN_MESSAGE"],
    ["an inherited name", [fine, "toString"], "ERR_UNKNOWN_MESSAGE"],
    ["an unknown end", [fine, "item", { onEnd: "nope" }], "ERR_UNKNOWN_MESSAGE"],
    ["an unknown error", [fine, "item", { onError: "nope" }], "ERR_UNKNOWN_MESSAGE"],
    ["none in flight", [fine, "item", { maxInFlight: 0 }], "ERR_INVALID_OPTION"],
    ["a fraction in flight", [fine, "item", { maxInFlight: 1.5 }], "ERR_INVALID_OPTION"],
    ["too many in flight", [fine, "item", { maxInFlight: 1e9 }], "ERR_INVALID_OPTION"],
    ["a bad kind", [fine, "item", { kind: "no good" }], "ERR_INVALID_NAME"],
  ];
  for (const [what, args, code] of calls) {
    it(`has ${what}`, async () => {
      await using open = openSystem();
      const ref = open.system.spawn(reader, { input: new Notes() });

      assert.equal(await codeOf(ref.ask.pipe(...args)), code);

      assert.equal(runningTasks(open.system), 0);
    });
  }

  it("has a function that gives nothing to read, which is an error of the source", async () => {
    await using open = openSystem();
    const notes = new Notes();
    const ref = open.system.spawn(reader, { input: notes });

    await ref.ask.pipe(() => 5, "item", { onError: "error" });
    await ref.stop();

    assert.match(String(notes.got[0]), /a pipe needs a promise/);
  });
});
