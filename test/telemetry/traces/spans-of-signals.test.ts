import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpanKind } from "@opentelemetry/api";
import { defineMember } from "../../_support/actor-family.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { assertRootLinkedTo, inCaller, spanNamed } from "../../_support/telemetry-spans.ts";
import { until } from "../../_support/telemetry-until.ts";

const watcher = defineMember("watcher", [], { onTerminated: (c) => c.log.info("heard") });
const mortal = defineMember("mortal", [], { restart: { policy: "never" } });

describe("the notice of a death", () => {
  it("of an actor that failed is a trace of its own that links to the stop", async () => {
    await using kit = startKit();
    const { telemetry, system } = kit;
    const [one, other] = [system.spawn(watcher), system.spawn(mortal)];
    await one.ask.act((c) => c.watch(other));

    other.tell.fail();
    await until(() => telemetry.spansNamed("watcher.link_died").length === 1, "the notice");

    const span = spanNamed(telemetry, "watcher.link_died");
    await until(() => telemetry.spansNamed("mortal stop").length === 1, "the stop");
    assertRootLinkedTo(span, spanNamed(telemetry, "mortal stop"));
    assert.equal(span.kind, SpanKind.CONSUMER);
    assert.partialDeepStrictEqual(span.attributes, {
      "actor.id": one.id,
      "actor.type": "watcher",
      "actor.message.type": "link_died",
      "actor.message.kind": "signal",
    });
  });

  it("by a kill links to the span it was killed in", async () => {
    await using kit = startKit();
    const { telemetry, system } = kit;
    const [one, other] = [system.spawn(watcher), system.spawn(mortal)];
    await one.ask.act((c) => c.watch(other));

    inCaller(telemetry, () => other.kill());
    await until(() => telemetry.spansNamed("watcher.link_died").length === 1, "the notice");

    assertRootLinkedTo(spanNamed(telemetry, "watcher.link_died"), spanNamed(telemetry, "caller"));
  });

  it("is where log lines of onTerminated belong", async () => {
    await using kit = startKit();
    const { telemetry, system } = kit;
    const [one, other] = [system.spawn(watcher), system.spawn(mortal)];
    await one.ask.act((c) => c.watch(other));

    other.kill();
    await until(() => telemetry.logs().some(({ msg }) => msg === "heard"), "the line");

    const span = spanNamed(telemetry, "watcher.link_died");
    const line = telemetry.logs().find(({ msg }) => msg === "heard");
    assert.equal(line?.["trace_id"], span.spanContext().traceId);
    assert.equal(line?.["actor_id"], one.id);
  });

  it("lets no later message run under the death's span, with the runtime's own spans off", async () => {
    await using kit = startKit({ tracing: false });
    const { telemetry, system } = kit;
    const [one, other] = [system.spawn(watcher), system.spawn(mortal)];
    await one.ask.act((c) => c.watch(other));
    inCaller(telemetry, () => other.kill());
    await until(() => telemetry.logs().some(({ msg }) => msg === "heard"), "the line");

    for (let message = 0; message < 3; message += 1) {
      await one.ask.act((c) => c.log.info({ message }, "later"));
    }

    const later = telemetry.logs().filter(({ msg }) => msg === "later");
    assert.deepEqual(
      later.map((line) => line["trace_id"]),
      [undefined, undefined, undefined],
    );
  });
});

describe("siblings that restart along", () => {
  it("have a restart each that links to what failed", async () => {
    await using kit = startKit();
    const { telemetry, system } = kit;
    const boss = system.spawn(
      defineMember("boss", [], { supervision: { strategy: "one_for_all" } }),
    );
    const [ann, ben] = await boss.ask
      .act((c) => ["ann", "ben"].map((name) => c.spawnChild(defineMember(name, []))))
      .then((refs) => refs as [typeof boss, typeof boss]);
    await Promise.all([ann.whenReady(), ben.whenReady()]);

    ben.tell.fail();
    await until(() => telemetry.spansNamed("ann restart").length === 1, "the sibling's restart");
    await until(() => telemetry.spansNamed("ben restart").length === 1, "its own restart");

    for (const name of ["ann restart", "ben restart"]) {
      assertRootLinkedTo(spanNamed(telemetry, name), spanNamed(telemetry, "ben.fail"));
    }
  });
});

describe("a restart above a child that gave up", () => {
  it("links to the child's failing handler", async () => {
    await using kit = startKit();
    const { telemetry, system } = kit;
    const boss = system.spawn(defineMember("boss", []));
    const fragile = defineMember("fragile", [], { restart: { maxRestarts: 0 } });
    const child = (await boss.ask.act((c) => [c.spawnChild(fragile)])) as [typeof boss];

    child[0].tell.fail();
    await until(() => telemetry.spansNamed("boss restart").length === 1, "the parent's restart");

    assertRootLinkedTo(spanNamed(telemetry, "boss restart"), spanNamed(telemetry, "fragile.fail"));
  });
});
