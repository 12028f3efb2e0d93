import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpanKind } from "@opentelemetry/api";
import { createGateway, expose, type Gateway } from "../../../src/gateway.ts";
import { expectBooks } from "../../../src/testing.ts";
import { ClusterWorld, type WorldNode } from "../../_support/cluster-world.ts";
import { report } from "../../_support/raw-report.ts";
import { eventually } from "../../_support/raw-world.ts";

const ROUTE = "/actors/report/{key}/request/{path}";

interface Two extends AsyncDisposable {
  readonly world: ClusterWorld;
  readonly a: WorldNode;
  readonly b: WorldNode;
  /** Of `a`. */
  readonly gateway: Gateway;
  /** Key of an actor on `b`, and where requests for it go. */
  readonly far: string;
  readonly url: string;
}

async function two(): Promise<Two> {
  const world = await ClusterWorld.open();
  const a = await world.add("a", { actors: [report] });
  const b = await world.add("b", { actors: [report] });
  const actors = [expose(report, { requests: ["GET", "POST", "HEAD"] })];
  const gateway = await createGateway(a.system, { actors, port: 0 });
  for (let at = 0; ; at += 1) {
    const far = `k${at}`;
    if ((await a.system.get(report, far).ask.where()) !== "b") continue;
    await a.system.get(report, far).ask.forget();
    return {
      world,
      a,
      b,
      gateway,
      far,
      url: `${gateway.url}/actors/report/${far}/request`,
      async [Symbol.asyncDispose]() {
        await gateway.close({ deadlineMs: 500 });
        await world[Symbol.asyncDispose]();
      },
    };
  }
}

describe("a request for an actor of another node", () => {
  it("is one trace, timed at both ends until its body has ended, and leaves no level behind", async () => {
    await using all = await two();

    assert.equal(
      await (await fetch(`${all.url}/echo`, { method: "POST", body: "hello" })).text(),
      "hello",
    );
    await assert.rejects(async () => await (await fetch(`${all.url}/cut`)).text());
    await fetch(`${all.url}/endless`, { method: "HEAD" });
    const { a, b } = all;
    await eventually(async () => {
      const levels = [a, b].map(({ telemetry }) => telemetry.value("cluster.call.active"));
      return (await Promise.all(levels)).every((level) => level === 0);
    });

    const [outer] = a.telemetry.spansNamed(`POST ${ROUTE}`);
    const [client] = a.telemetry.spansNamed("report/onRequest");
    const [server] = b.telemetry.spansNamed("report/onRequest");
    const [hook] = b.telemetry.spansNamed("report.onRequest");
    assert.ok(outer && client && server && hook);
    assert.deepEqual([client.kind, server.kind], [SpanKind.CLIENT, SpanKind.SERVER]);
    assert.equal(client.parentSpanContext?.spanId, outer.spanContext().spanId);
    assert.equal(server.parentSpanContext?.spanId, client.spanContext().spanId);
    const traces = [outer, client, server, hook].map((span) => span.spanContext().traceId);
    assert.equal(new Set(traces).size, 1);
    const codes = a.telemetry
      .spansNamed("report/onRequest")
      .map(({ attributes }) => attributes["rpc.status_code"]);
    assert.deepEqual(codes, ["OK", "Error", "OK"]);
    for (const [node, name] of [
      [a, "rpc.client.call.duration"],
      [b, "rpc.server.call.duration"],
    ] as const) {
      const timed = await node.telemetry.points(name);
      const known = timed.filter((point) => point.attributes["rpc.method"] === "report/onRequest");
      assert.equal(known.length, 2, `${name} of those without and with an error`);
    }
    assert.equal(await b.telemetry.value("actor.http.request.active"), 0);
    for (const { system } of [a, b]) expectBooks(system);
  });

  it("is answered while its actor moves, again and again, and its body is sent once", async () => {
    await using all = await two();
    let isOver = false;
    const answers: string[] = [];
    const traffic = Array.from({ length: 4 }, async (_, client) => {
      for (let at = 0; !isOver; at += 1) {
        const body = `${client}-${at}-`.repeat(20_000);
        const response = await fetch(`${all.url}/text`, { method: "POST", body });
        const isWhole = response.status === 200 && (await response.text()) === body;
        answers.push(isWhole ? "whole" : `${response.status} ${await response.text()}`);
      }
    });
    await eventually(async () => answers.length > 8);

    await all.world.end(all.b);
    const before = answers.length;
    await eventually(async () => answers.length > before + 8);
    isOver = true;
    await Promise.all(traffic);

    assert.deepEqual(new Set(answers), new Set(["whole"]));
    assert.equal(await all.a.system.get(report, all.far).ask.where(), "a");
  });

  it("wakes an actor that sleeps, wherever that is then", async () => {
    await using all = await two();
    await all.a.system.get(report, all.far).ask.sleep();

    const response = await fetch(`${all.url}/text`, { method: "POST", body: "awake" });

    assert.deepEqual([response.status, await response.text()], [200, "awake"]);
  });

  it("is cut when the node of its actor is shut down in the middle of the body", async () => {
    await using all = await two();
    const response = await fetch(`${all.url}/waits`);
    const reader = response.body?.getReader();
    await reader?.read();

    const ended = all.world.end(all.b);

    await assert.rejects(async () => await reader?.read());
    await ended;
  });

  it("fails at once when its own node is shut down", async () => {
    await using all = await two();
    const pending = fetch(`${all.url}/until-aborted`).catch((error: unknown) => error);
    const other = all.b.system.get(report, "other");
    await eventually(async () => (await other.ask.seen()).length === 1);

    await all.gateway.close({ deadlineMs: 50 });
    await all.world.end(all.a);

    assert.ok((await pending) !== undefined);
    await eventually(async () => (await other.ask.seen())[0]?.isAborted === true);
  });
});
