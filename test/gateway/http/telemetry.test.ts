import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AbortNotice } from "../../../src/base/async/abort-notice.ts";
import { inMemoryTelemetry } from "../../../src/testing.ts";
import type { LogLine } from "../../_support/gateway-kit.ts";
import { openKit, post } from "../../_support/gateway-kit.ts";
import { exchange, rawRequest } from "../../_support/raw-http.ts";

const ASK = "/actors/cart/a/ask/add";
const CANARY = "swordfish";
const TOKEN = "correct-horse-battery";

function ofEvent(lines: readonly LogLine[], name: string): LogLine[] {
  return lines.filter(({ event }) => event === name);
}

describe("metrics of requests", () => {
  it("count and time them by route, status and error, and their bytes exactly", async () => {
    const telemetry = inMemoryTelemetry();
    await using kit = await openKit({ system: telemetry.systemOptions });

    const answers = [
      await post(kit.url + ASK, ["lamp", 2]),
      await post(kit.url + ASK, { no: "array" }),
      await post(`${kit.url}/actors/cart/a/ask/audit`, []),
      await fetch(`${kit.url}/nothing/at/all`),
    ];
    let sent = 0;
    for (const answer of answers) sent += (await answer.text()).length;

    const durations = await telemetry.points("http.server.request.duration");
    assert.deepEqual(
      durations.map(({ attributes, value }) => [
        attributes["http.route"],
        attributes["http.response.status_code"],
        attributes["http.request.method"],
        (value as { count: number }).count,
      ]),
      [
        ["/actors/cart/{key}/ask/add", 200, "POST", 1],
        ["/actors/cart/{key}/ask/add", 400, "POST", 1],
        ["/actors/{type}/{key}/ask/{message}", 404, "POST", 1],
        [undefined, 404, "GET", 1],
      ],
    );
    const io = await telemetry.points("gateway.io");
    assert.deepEqual(
      io.map(({ attributes, value }) => [attributes["network.io.direction"], value]),
      [
        ["receive", '["lamp",2]'.length + '{"no":"array"}'.length],
        ["transmit", sent],
      ],
    );
    const refused = await telemetry.points("gateway.refused");
    assert.deepEqual(
      refused.map(({ attributes, value }) => [attributes["error.type"], value]),
      [
        ["ERR_BAD_REQUEST", 1],
        ["ERR_NOT_FOUND", 2],
      ],
    );
    const active = await telemetry.points("http.server.active_requests");
    assert.deepEqual(
      active.map(({ value }) => value),
      [0, 0],
    );
  });

  it("count no body in the answer to HEAD", async () => {
    const telemetry = inMemoryTelemetry();
    await using kit = await openKit({ system: telemetry.systemOptions });

    await fetch(`${kit.url}/livez`, { method: "HEAD" });

    const io = await telemetry.points("gateway.io");
    assert.deepEqual(
      io.map(({ value }) => value),
      [0, 0],
    );
  });

  it("count what was no request, and clients that went away", async () => {
    const telemetry = inMemoryTelemetry();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<AbortNotice>();
    const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
    await using kit = await openKit({
      system: telemetry.systemOptions,
      answer({ signal }, answer) {
        signal.addEventListener("abort", () => {
          answer.fail({ status: 500, code: "ERR_ABORTED", message: "gone", outcome: "unknown" });
          leave();
        });
        arrive(signal);
      },
    });

    const { text } = await exchange(kit.port, "nonsense\r\n\r\n");
    const abort = new AbortController();
    const pending = fetch(kit.url + ASK, {
      method: "POST",
      body: "[]",
      headers: { "content-type": "application/json" },
      signal: abort.signal,
    });
    await arrived;
    abort.abort();
    await assert.rejects(pending);
    await gone;
    await kit.gateway.close();

    assert.match(text, /^HTTP\/1\.1 400 .*"code":"ERR_BAD_REQUEST".*"requestId":"[0-9a-z]{21}"/s);
    const [duration] = await telemetry.points("http.server.request.duration");
    assert.deepEqual(
      [duration?.attributes["error.type"], duration?.attributes["http.response.status_code"]],
      ["ERR_ABORTED", undefined],
    );
    const refused = await telemetry.points("gateway.refused");
    assert.deepEqual(
      refused.map(({ attributes }) => attributes["error.type"]),
      ["ERR_BAD_REQUEST"],
    );
  });

  it("have nothing that a client has chosen", async () => {
    const telemetry = inMemoryTelemetry();
    await using kit = await openKit({ system: telemetry.systemOptions });
    const paths = [
      `/actors/${CANARY}/a/ask/add`,
      `/actors/cart/${CANARY}/ask/add`,
      `/actors/cart/a/ask/${CANARY}`,
      `/${CANARY}`,
      `/livez?${CANARY}`,
    ];

    for (const path of paths) await (await post(kit.url + path, [CANARY])).text();
    await exchange(
      kit.port,
      rawRequest("/livez", [`Host: ${CANARY}`, "Connection: close"], { method: "PROPFIND" }),
    );

    for (const name of [
      "http.server.request.duration",
      "http.server.active_requests",
      "http.server.request.body.size",
      "gateway.refused",
      "gateway.io",
    ]) {
      const points = await telemetry.points(name);
      assert.ok(points.length > 0, name);
      assert.doesNotMatch(
        JSON.stringify(points.map(({ attributes }) => attributes)),
        new RegExp(CANARY),
        name,
      );
    }
  });

  it("time the authentication by outcome", async () => {
    const telemetry = inMemoryTelemetry();
    await using kit = await openKit({
      system: telemetry.systemOptions,
      gateway: { auth: { [TOKEN]: { id: "a" } } },
    });

    await post(kit.url + ASK, [], { authorization: `Bearer ${TOKEN}` });
    await post(kit.url + ASK, []);

    const points = await telemetry.points("gateway.auth.duration");
    assert.deepEqual(
      points.map(({ attributes }) => attributes["gateway.auth.outcome"]),
      ["ok", "refused"],
    );
  });
});

describe("lines of requests", () => {
  it("are written at debug, and at info if the gateway has failed", async () => {
    const failures = [undefined, 404, 503];
    await using kit = await openKit({
      answer(_request, answer) {
        const status = failures.shift();
        if (status === undefined) answer.reply("1");
        else answer.fail({ status, code: "ERR_SOME", message: "some", outcome: "failed" });
      },
    });

    for (let request = 0; request < 3; request += 1)
      await post(kit.url + ASK, [], { "x-request-id": `request-${request}` });

    const lines = ofEvent(kit.lines, "gateway.request");
    assert.deepEqual(
      lines.map(({ level, msg, request_id, method, route, status, code, bytes }) => [
        level,
        msg,
        request_id,
        method,
        route,
        status,
        code,
        typeof bytes,
      ]),
      [
        [
          20,
          "request",
          "request-0",
          "POST",
          "/actors/cart/{key}/ask/add",
          200,
          undefined,
          "number",
        ],
        [
          20,
          "request",
          "request-1",
          "POST",
          "/actors/cart/{key}/ask/add",
          404,
          "ERR_SOME",
          "number",
        ],
        [
          30,
          "request",
          "request-2",
          "POST",
          "/actors/cart/{key}/ask/add",
          503,
          "ERR_SOME",
          "number",
        ],
      ],
    );
  });

  it("belong to the trace of the request, and have ids of callers only if they may", async () => {
    for (const logCallers of [false, true]) {
      const telemetry = inMemoryTelemetry({ logLevel: "debug" });
      await using kit = await openKit({
        system: telemetry.systemOptions,
        gateway: { auth: { [TOKEN]: { id: "alice" } }, logCallers },
      });

      await post(kit.url + ASK, [], { authorization: `Bearer ${TOKEN}` });

      const [span] = telemetry.spansNamed("POST /actors/cart/{key}/ask/add");
      const [line] = ofEvent(telemetry.logs(), "gateway.request");
      assert.equal(line?.["trace_id"], span?.spanContext().traceId);
      assert.equal(line?.["span_id"], span?.spanContext().spanId);
      assert.equal(line?.["caller_id"], logCallers ? "alice" : undefined);
      assert.equal(span?.attributes["enduser.id"], logCallers ? "alice" : undefined);
    }
  });

  it("have nothing that a client has sent, and neither have spans and other answers", async () => {
    const telemetry = inMemoryTelemetry({ logLevel: "debug" });
    await using kit = await openKit({
      system: telemetry.systemOptions,
      gateway: { auth: () => ({ id: CANARY }), clientAddress: () => CANARY },
      answer: (_request, answer) =>
        answer.fail({ status: 500, code: "ERR_INTERNAL", message: "some", outcome: "failed" }),
    });
    const headers = {
      authorization: `Bearer ${CANARY}`,
      cookie: CANARY,
      "x-request-id": `${CANARY} \u00e9`,
      "user-agent": CANARY,
      referer: `http://${CANARY}/`,
    };

    const answers = [
      await post(`${kit.url}${ASK}?token=${CANARY}`, [CANARY, { [CANARY]: 1 }], headers),
      await post(`${kit.url}${ASK}`, `{${CANARY}`, headers),
      await fetch(`${kit.url}${ASK}`, {
        method: "POST",
        body: `[${CANARY}`,
        headers: { ...headers, "content-type": "application/json" },
      }),
    ];

    const texts = await Promise.all(
      answers.map(async (answer) => JSON.stringify([...answer.headers]) + (await answer.text())),
    );
    const spans = telemetry
      .spans()
      .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
    assert.doesNotMatch(JSON.stringify([texts, telemetry.logs(), spans]), new RegExp(CANARY));
  });

  it("say where the gateway listens, and warn of one that anyone can trace through", async () => {
    await using kit = await openKit({
      gateway: { auth: "anyone", allowedHosts: ["shop.example"], limits: { headers: 50 } },
    });
    await using quiet = await openKit({
      gateway: { auth: "anyone", allowedHosts: ["shop.example"], incomingTraces: "link" },
    });

    const [line] = ofEvent(kit.lines, "gateway.listening");
    assert.deepEqual(
      [line?.["url"], line?.["auth"], line?.["allowed_hosts"], line?.["limits"]],
      [kit.url, "anyone", ["shop.example"], { headers: 50 }],
    );
    assert.equal(ofEvent(kit.lines, "gateway.open_traces").length, 1);
    assert.equal(ofEvent(quiet.lines, "gateway.open_traces").length, 0);
  });
});
