import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import type { InMemoryTelemetry } from "../../../src/testing.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { until } from "../../_support/telemetry-until.ts";

/** The distinct values of an attribute over the points of a metric. */
async function valuesOf(
  telemetry: InMemoryTelemetry,
  metric: string,
  attribute: string,
): Promise<Set<unknown>> {
  const points = await telemetry.points(metric);
  return new Set(points.map(({ attributes }) => attributes[attribute]));
}

function numbered<Value>(count: number, make: (number: number) => Value): Value[] {
  return Array.from({ length: count }, (_, number) => make(number));
}

describe("the caps on names", () => {
  it("let 200 actor types onto metrics and call further ones _OTHER", async () => {
    await using kit = startKit();
    const refs = numbered(205, (number) =>
      kit.system.spawn(defineActor(`type_${number}`, { handlers: { noop() {} } })),
    );

    await refs[204]?.ask.noop();

    const types = await valuesOf(kit.telemetry, "actor.started", "actor.type");
    assert.equal(types.size, 201);
    const other = { "actor.type": "_OTHER" };
    assert.equal(await kit.telemetry.value("actor.started", other), 5);
    assert.equal(await kit.telemetry.value("actor.message.handled", other), 1);
    assert.equal(await kit.telemetry.value("actor.telemetry.overflow"), 5);
    assert.equal(kit.telemetry.spansNamed("type_204.noop").length, 1);
  });

  it("let 100 messages of a type onto metrics", async () => {
    await using kit = startKit();
    const handlers = Object.fromEntries(numbered(105, (number) => [`m_${number}`, () => number]));
    const ref = kit.system.spawn(defineActor("wordy", { handlers }));

    for (const message of Object.keys(handlers)) await ref.ask[message]?.();

    const messages = await valuesOf(kit.telemetry, "actor.message.sent", "actor.message.type");
    assert.equal(messages.size, 101);
    const other = { "actor.message.type": "_OTHER" };
    assert.equal(await kit.telemetry.value("actor.message.sent", other), 5);
    assert.equal(await kit.telemetry.value("actor.message.wait.duration", other), 5);
    assert.equal(await kit.telemetry.value("actor.telemetry.overflow"), 5);
  });

  it("let 32 kinds of task of a type onto metrics", async () => {
    await using kit = startKit();
    const busy = defineActor("busy", {
      handlers: { begin: (c, kind: string) => c.spawnTask(kind, async () => {}).settled },
    });
    const ref = kit.system.spawn(busy);

    for (let kind = 0; kind < 35; kind += 1) await ref.ask.begin(`kind_${kind}`);

    const kinds = await valuesOf(kit.telemetry, "actor.task.active", "actor.task.kind");
    assert.equal(kinds.size, 33);
    const other = { "actor.task.kind": "_OTHER" };
    assert.equal(await kit.telemetry.value("actor.task.duration", other), 3);
    assert.equal(await kit.telemetry.value("actor.task.active"), 0);
    assert.equal(await kit.telemetry.value("actor.telemetry.overflow"), 3);
  });

  it("let 16 types of error of an actor type onto metrics", async () => {
    await using kit = startKit();
    const failing = defineActor("failing", {
      handlers: {
        fail(_c, number: number) {
          throw Object.assign(new Error("no"), { name: `Error${number}` });
        },
      },
    });
    const ref = kit.system.spawn(failing);

    for (let number = 0; number < 20; number += 1) await assert.rejects(ref.ask.fail(number));

    for (const metric of ["actor.ask.duration", "actor.message.process.duration"]) {
      const types = await valuesOf(kit.telemetry, metric, "error.type");
      types.delete(undefined);
      assert.equal(types.size, 17, metric);
      assert.equal(await kit.telemetry.value(metric, { "error.type": "_OTHER" }), 4, metric);
    }
    assert.ok((await kit.telemetry.value("actor.telemetry.overflow")) >= 4);
  });

  it("hold across actors of a type, and on failures and restarts", async () => {
    await using kit = startKit();
    const failing = defineActor("failing", {
      restart: { policy: "never" },
      handlers: {
        fail(_c, number: number) {
          throw Object.assign(new Error("no"), { name: `Error${number}` });
        },
      },
    });
    const refs = numbered(20, () => kit.system.spawn(failing));

    for (const [number, ref] of refs.entries()) ref.tell.fail(number);
    await until(() => kit.system.books().active === 0, "the end of all");

    const types = await valuesOf(kit.telemetry, "actor.failures", "error.type");
    assert.equal(types.size, 17);
    assert.equal(await kit.telemetry.value("actor.failures", { "error.type": "_OTHER" }), 4);
  });

  it("do not apply to dead letters of names that are not defined: those are _OTHER at once", async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(defineActor("plain", { handlers: { noop() {} } }));
    const tell = ref.tell as unknown as Record<string, () => void>;

    for (let number = 0; number < 300; number += 1) {
      assert.throws(() => tell[`injected\n${number}`]?.(), { code: "ERR_UNKNOWN_MESSAGE" });
    }

    const messages = await valuesOf(kit.telemetry, "actor.dead_letters", "actor.message.type");
    assert.deepEqual([...messages], ["_OTHER"]);
    assert.equal(await kit.telemetry.value("actor.dead_letters"), 300);
    assert.equal(await kit.telemetry.value("actor.telemetry.overflow"), 0);
  });

  it("turn error types that are no identifiers into _OTHER", async () => {
    await using kit = startKit();
    const failing = defineActor("failing", {
      handlers: {
        fail(_c, name: string) {
          throw Object.assign(new Error("no"), { name, code: `${name}!` });
        },
      },
    });
    const ref = kit.system.spawn(failing);

    for (const name of ["two words", "new\nline", "x".repeat(10_000), ""]) {
      await assert.rejects(ref.ask.fail(name));
    }

    const types = await valuesOf(kit.telemetry, "actor.ask.duration", "error.type");
    assert.deepEqual(
      [...types].filter((type) => type !== undefined),
      ["_OTHER"],
    );
  });
});
