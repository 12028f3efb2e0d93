import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createGateway, expose } from "../../../src/gateway.ts";
import { createSystem, defineKeyedActor } from "../../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";

const ROUTE = "/actors/files/{key}/request/{path}";

const files = defineKeyedActor("files", {
  state: () => 0,
  handlers: {},
  onRequest(_c, request) {
    const isWhole = request.url.endsWith("/whole");
    let isFirst = true;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (isFirst) controller.enqueue(Buffer.from("12345"));
          else if (isWhole) controller.close();
          else controller.error(new Error("inner"));
          isFirst = false;
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body);
  },
});

describe("telemetry of requests for onRequest", () => {
  it("ends with the last byte of a body, and says whether it was complete", async () => {
    const telemetry = inMemoryTelemetry();
    const system = createSystem({ actors: [files], ...telemetry.systemOptions });
    const actors = [expose(files, { requests: ["GET"] })];
    const gateway = await createGateway(system, { actors, port: 0 });
    const url = `${gateway.url}/actors/files/a/request`;

    assert.equal(await (await fetch(`${url}/whole`)).text(), "12345");
    await assert.rejects(async () => await (await fetch(`${url}/cut`)).text());
    const report = await gateway.close();
    await system.shutdown();

    assert.equal(report.unknown, 0);
    const durations = await telemetry.points("http.server.request.duration");
    assert.deepEqual(
      durations.map(({ attributes }) => [
        attributes["http.route"],
        attributes["http.response.status_code"],
        attributes["error.type"],
      ]),
      [
        [ROUTE, 200, undefined],
        [ROUTE, 200, "ERR_INTERNAL"],
      ],
    );
    for (const name of ["http.server.active_requests", "actor.http.request.active"]) {
      const active = await telemetry.points(name);
      assert.deepEqual(
        active.map(({ value }) => value),
        [0],
        name,
      );
    }
    const sent = (await telemetry.points("gateway.io")).map(({ value }) => value);
    assert.deepEqual(sent, [0, 10]);
    const spans = telemetry.spans().filter(({ name }) => name === `GET ${ROUTE}`);
    const hooks = telemetry.spans().filter(({ name }) => name.endsWith("onRequest"));
    assert.equal(spans.length, 2);
    assert.ok(hooks.length >= 2);
    expectBooks(system);
  });
});
