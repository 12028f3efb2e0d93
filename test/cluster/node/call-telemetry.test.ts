import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpanKind } from "@opentelemetry/api";
import { defineKeyedActor } from "../../../src/index.ts";
import { Gate, until } from "../../_support/actor-waiting.ts";
import { ClusterWorld, type WorldNode } from "../../_support/cluster-world.ts";

const gate = new Gate();

const account = defineKeyedActor("account", {
  state: () => ({ cents: 0 }),
  handlers: {
    add: (c, cents: number) => (c.state.cents += cents),
    where: (c) => c.system.name,
    fail() {
      throw new RangeError("no");
    },
    hang: () => gate.opened,
  },
});

/** Two nodes, and a key whose actor is on the second one. */
async function open(): Promise<
  AsyncDisposable & { readonly a: WorldNode; readonly b: WorldNode; readonly far: string }
> {
  const world = await ClusterWorld.open();
  const a = await world.add("a", { actors: [account] });
  const b = await world.add("b", { actors: [account] });
  for (let number = 0; ; number += 1) {
    const far = `k${number}`;
    if ((await a.system.get(account, far).ask.where()) !== "b") continue;
    return { a, b, far, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
  }
}

describe("a call to another process", () => {
  it("is one trace: the ask, its CLIENT span, the SERVER span there, and the handler below it", async () => {
    await using all = await open();

    await all.a.system.get(account, all.far).ask.add(5);

    const [ask] = all.a.telemetry.spansNamed("ask account.add");
    const [client] = all.a.telemetry.spansNamed("account/add");
    const [server] = all.b.telemetry.spansNamed("account/add");
    const [inner] = all.b.telemetry.spansNamed("ask account.add");
    const [handler] = all.b.telemetry.spansNamed("account.add");
    assert.ok(ask && client && server && inner && handler);
    assert.deepEqual([client.kind, server.kind], [SpanKind.CLIENT, SpanKind.SERVER]);
    assert.equal(client.parentSpanContext?.spanId, ask.spanContext().spanId);
    assert.equal(server.parentSpanContext?.spanId, client.spanContext().spanId);
    assert.equal(inner.parentSpanContext?.spanId, server.spanContext().spanId);
    assert.equal(handler.parentSpanContext?.spanId, inner.spanContext().spanId);
    const traces = [ask, client, server, inner, handler].map((span) => span.spanContext().traceId);
    assert.equal(new Set(traces).size, 1);
    assert.equal(client.attributes["rpc.system.name"], "limelight");
    assert.equal(client.attributes["rpc.method"], "account/add");
    assert.equal(client.attributes["rpc.status_code"], "OK");
    assert.match(String(client.attributes["cluster.runner.id"]), /^b-/);
  });

  it("has the command that it needs, and the events of that, in its trace", async () => {
    await using all = await open();
    const { a, b } = all;
    const named = (name: string) => [a, b].flatMap(({ telemetry }) => telemetry.spansNamed(name));

    await until(() => named("events").length > 0);

    const commands = named("command start");
    for (const span of named("events")) {
      const cause = commands.find(
        (command) => command.spanContext().spanId === span.parentSpanContext?.spanId,
      );
      assert.ok(cause, "the events of a start are below its command");
      assert.equal(cause.spanContext().traceId, span.spanContext().traceId);
      assert.equal(cause.attributes["messaging.destination.template"], "commands");
      assert.equal(span.kind, SpanKind.CONSUMER);
      assert.equal(span.attributes["messaging.system.name"], "embedded");
      assert.equal(span.attributes["messaging.destination.template"], "events");
      assert.equal(span.attributes["messaging.operation.type"], "process");
      assert.equal(span.attributes["messaging.batch.message_count"], 1);
    }
  });

  it("is timed at both ends, counted by outcome, and leaves no level behind", async () => {
    await using all = await open();
    const ref = all.a.system.get(account, all.far);
    await ref.ask.add(5);
    await assert.rejects(ref.ask.fail());

    const { telemetry } = all.a;
    const timed = await telemetry.points("rpc.client.call.duration");
    const byMethod = timed.map(({ attributes }) => [
      attributes["rpc.method"],
      attributes["rpc.status_code"] === "OK",
    ]);
    assert.ok(byMethod.some(([method, isOk]) => method === "account/add" && isOk));
    assert.ok(byMethod.some(([method, isOk]) => method === "account/fail" && !isOk));
    const answered = { "cluster.call.outcome": "answered" };
    assert.ok((await telemetry.value("cluster.calls", answered)) >= 3);
    assert.equal(await all.a.telemetry.value("cluster.call.active"), 0);
    assert.ok((await all.b.telemetry.points("rpc.server.call.duration")).length >= 2);
    assert.ok((await all.a.telemetry.value("cluster.routes")) >= 1);
  });

  it("that is given up is no longer counted as active", async () => {
    await using all = await open();
    const ref = all.a.system.get(account, all.far);

    await assert.rejects(ref.with({ timeoutMs: 30 }).ask.hang(), { code: "ERR_ASK_TIMEOUT" });
    gate.open();

    assert.equal(await all.a.telemetry.value("cluster.call.active"), 0);
    const [client] = all.a.telemetry.spansNamed("account/hang");
    assert.equal(client?.attributes["error.type"], "ERR_ASK_TIMEOUT");
  });
});
