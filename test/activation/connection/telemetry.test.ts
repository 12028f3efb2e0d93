import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpanKind } from "@opentelemetry/api";
import type { Published } from "../../../src/activation/access/event-feed.ts";
import { accessOf } from "../../../src/activation/access/system-access.ts";
import { defineKeyedActor, event, PublicError } from "../../../src/index.ts";
import { sendingOf } from "../../_support/access-world.ts";
import { until } from "../../_support/actor-waiting.ts";
import { FakeGateway } from "../../_support/fake-gateway.ts";
import { type OpenKeyed, openKeyed } from "../../_support/keyed.ts";

const room = defineKeyedActor("room", {
  events: { said: event<string>() },
  onBeforeConnect(_c, { params }: { readonly params: string }) {
    if (params === "banned") throw new PublicError("you are banned", { code: "BANNED" });
  },
  onDisconnect: (c) => c.log.info({ by: c.requestId }, "gone"),
  handlers: {
    say: (c, text: string) => c.broadcast("said", text),
    sleep: (c) => c.sleep(),
  },
});

function gatewayTo(open: OpenKeyed): FakeGateway {
  const access = accessOf(open.system);
  assert.ok(access !== undefined);
  return new FakeGateway(access.resolve(room as never, ["lobby"]), () => sendingOf(open));
}

async function totals(open: OpenKeyed, name: string, by: string): Promise<Record<string, unknown>> {
  const points = await open.telemetry.points(name);
  return Object.fromEntries(points.map(({ attributes, value }) => [attributes[by], value]));
}

describe("connections", () => {
  it("are counted by what has become of them, and events by name", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await gateway.connect({ events: ["said"] });
    await gateway.ask(client, "say", "hello");
    await gateway.close(client);
    await gateway.connect({ events: ["said"], last: client.last });
    await gateway.connect({ events: ["said"], last: { ...client.last, position: "x" } });
    await assert.rejects(gateway.connect({ params: "banned" }), { code: "BANNED" });

    assert.deepEqual(await totals(open, "actor.connections", "actor.connection.outcome"), {
      opened: 2,
      resumed: 1,
      refused: 1,
    });
    assert.deepEqual(await totals(open, "actor.event.published", "actor.event.name"), { said: 1 });
    assert.deepEqual(await totals(open, "actor.connection.active", "actor.type"), { room: 2 });
  });

  it("have spans for their messages, and the end links to the opening", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await gateway.connect();

    await gateway.close(client, "client");

    const [opened] = open.telemetry.spansNamed("room.onConnect");
    await until(() => open.telemetry.spansNamed("room.onDisconnect").length === 1);
    const [ended] = open.telemetry.spansNamed("room.onDisconnect");
    assert.equal(ended?.kind, SpanKind.CONSUMER);
    assert.equal(ended.parentSpanContext, undefined);
    assert.deepEqual(
      ended.links.map(({ context }) => context.spanId),
      [opened?.spanContext().spanId],
    );
    assert.equal(ended.attributes["actor.disconnect.reason"], "client");
    const line = open.telemetry.logs().find(({ msg }) => msg === "gone");
    assert.deepEqual([line?.["by"], line?.["request_id"]], ["request-1", "request-1"]);
  });

  it("get events with the span that has published them", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const events: (Published | undefined)[] = [];
    const client = await gateway.connect({ events: ["said"] });

    await gateway.ask(client, "say", "hello");
    events.push(client.link.feed.at(client.link.feed.last));

    const [span] = open.telemetry.spansNamed("room broadcast said");
    const [handler] = open.telemetry.spansNamed("room.say");
    assert.equal(span?.kind, SpanKind.PRODUCER);
    assert.equal(span.parentSpanContext?.spanId, handler?.spanContext().spanId);
    assert.equal(span.attributes["actor.event.name"], "said");
    const { traceId, spanId } = span.spanContext();
    assert.equal(events[0]?.traceparent, `00-${traceId}-${spanId}-01`);
  });
});
