import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { propagation, type TextMapPropagator } from "@opentelemetry/api";
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import { B3InjectEncoding, B3Propagator } from "@opentelemetry/propagator-b3";
import type { GatewayOptions } from "../../../src/gateway/gateway-options.ts";
import { inMemoryTelemetry } from "../../../src/testing.ts";
import { type GatewayKit, openKit, post } from "../../_support/gateway-kit.ts";
import { exchange, rawRequest } from "../../_support/raw-http.ts";
import { PARENT_ID, TRACE_CASES, TRACE_ID, VALID_PARENT } from "../../_support/trace-cases.ts";

type Headers = readonly (readonly [name: string, value: string])[];
type Carrier = Readonly<Record<string, string>>;

let telemetry = inMemoryTelemetry();

/** A gateway whose calls are answered with the headers that an outgoing request would have. */
function openTraced(gateway: Partial<GatewayOptions> = {}): Promise<GatewayKit> {
  return openKit({
    gateway,
    system: telemetry.systemOptions,
    answer({ context }, answer) {
      const carrier = {};
      propagation.inject(context, carrier);
      answer.reply(JSON.stringify(carrier));
    },
  });
}

/** Sends a request with these headers, byte for byte. */
async function send(
  kit: GatewayKit,
  given: Headers,
): Promise<{ outgoing: Carrier; answer: string }> {
  const headers = [
    `Host: 127.0.0.1:${kit.port}`,
    "Content-Type: application/json",
    "Content-Length: 2",
    "Connection: close",
    ...given.map(([name, value]) => `${name}:${value}`),
  ];
  const options = { method: "POST", body: "[]" };
  const { text } = await exchange(kit.port, rawRequest("/actors/cart/a/ask/add", headers, options));
  const [head = "", body = ""] = text.split("\r\n\r\n");
  return { outgoing: JSON.parse(body) as Carrier, answer: head };
}

function register(...propagators: TextMapPropagator[]): void {
  propagation.disable();
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
}

before(() => register(new W3CTraceContextPropagator(), new W3CBaggagePropagator()));
after(() => propagation.disable());
beforeEach(() => {
  telemetry = inMemoryTelemetry();
});

describe("the trace of a request", () => {
  it("goes on, begins anew and keeps its state as the suite of the W3C says", async () => {
    await using kit = await openTraced();
    for (const { test, headers, continued, state } of TRACE_CASES) {
      const { outgoing } = await send(kit, headers);

      const what = `${test}: ${JSON.stringify(headers)}`;
      const [, version, traceId, parentId] =
        /^((?:00))-([0-9a-f]{32})-([0-9a-f]{16})-0[0-3]$/.exec(outgoing["traceparent"] ?? "") ?? [];
      assert.equal(version, "00", what);
      assert.equal(traceId === TRACE_ID, continued, what);
      const isRecorded = !/-0[02]$/.test(outgoing["traceparent"] ?? "");
      assert.equal(parentId !== PARENT_ID, isRecorded, what);
      assert.equal(outgoing["tracestate"], state, what);
    }
  });

  it("is one for several requests with one parent, each with a span of its own", async () => {
    await using kit = await openTraced();
    const parents = new Set<string>();
    for (let request = 0; request < 3; request += 1) {
      const { outgoing } = await send(kit, [["traceparent", VALID_PARENT]]);
      parents.add(outgoing["traceparent"] ?? "");
    }

    assert.equal(parents.size, 3);
    for (const parent of parents) assert.ok(parent.startsWith(`00-${TRACE_ID}-`));
  });

  it("is named in the answer, with the span of the server", async () => {
    await using kit = await openTraced();

    const { answer } = await send(kit, [["traceparent", VALID_PARENT]]);

    const [span] = telemetry.spansNamed("POST /actors/cart/{key}/ask/add");
    const { spanId } = span!.spanContext();
    assert.match(answer, new RegExp(`\r\ntraceresponse: 00-${TRACE_ID}-${spanId}-01\r\n`));
    assert.equal(span?.parentSpanContext?.spanId, PARENT_ID);
  });

  it("has no span, and is passed on, if the caller does not record it", async () => {
    await using kit = await openTraced();

    const { outgoing } = await send(kit, [["traceparent", `00-${TRACE_ID}-${PARENT_ID}-00`]]);

    assert.equal(outgoing["traceparent"], `00-${TRACE_ID}-${PARENT_ID}-00`);
    assert.equal(telemetry.spansNamed("POST /actors/cart/{key}/ask/add").length, 0);
  });

  it("takes baggage within the limits, and nothing of other headers", async () => {
    await using kit = await openTraced();
    const baggageOf = async (value: string): Promise<string | undefined> =>
      (await send(kit, [["baggage", value]])).outgoing["baggage"];

    assert.equal(await baggageOf("a=1,b=2"), "a=1,b=2");
    assert.equal(await baggageOf(`a=${"x".repeat(8_200)}`), undefined);
    assert.equal(
      await baggageOf(Array.from({ length: 65 }, (_, at) => `k${at}=1`).join(",")),
      undefined,
    );
    const { outgoing } = await send(kit, [["b3", `${TRACE_ID}-${PARENT_ID}-1`]]);
    assert.doesNotMatch(outgoing["traceparent"] ?? "", new RegExp(TRACE_ID));
  });

  it("is only linked to, or ignored, where the gateway is told so", async () => {
    const headers: Headers = [
      ["traceparent", VALID_PARENT],
      ["baggage", "a=1"],
    ];
    for (const incomingTraces of ["link", "ignore"] as const) {
      telemetry = inMemoryTelemetry();
      await using kit = await openTraced({ incomingTraces });

      const { outgoing } = await send(kit, headers);

      const [span] = telemetry.spansNamed("POST /actors/cart/{key}/ask/add");
      assert.notEqual(span?.spanContext().traceId, TRACE_ID);
      assert.equal(outgoing["baggage"], undefined);
      assert.deepEqual(
        span?.links.map(({ context: { traceId, spanId } }) => [traceId, spanId]),
        incomingTraces === "link" ? [[TRACE_ID, PARENT_ID]] : [],
      );
    }
  });

  it("is read by a propagator from each form of its headers, whichever it writes", async () => {
    const single = [["b3", `${TRACE_ID}-${PARENT_ID}-1`]] as const;
    const multiple = [
      ["X-B3-TraceId", TRACE_ID],
      ["X-B3-SpanId", PARENT_ID],
      ["X-B3-Sampled", "1"],
    ] as const;
    try {
      for (const injectEncoding of [
        B3InjectEncoding.SINGLE_HEADER,
        B3InjectEncoding.MULTI_HEADER,
      ]) {
        register(new B3Propagator({ injectEncoding }));
        for (const headers of [single, multiple]) {
          await using kit = await openTraced();

          const { outgoing } = await send(kit, headers);

          assert.match(
            outgoing["b3"] ?? outgoing["x-b3-traceid"] ?? "",
            new RegExp(`^${TRACE_ID}`),
          );
        }
      }
    } finally {
      register(new W3CTraceContextPropagator(), new W3CBaggagePropagator());
    }
  });

  it("is read by another propagator from its own headers", async () => {
    register(new B3Propagator());
    try {
      await using kit = await openTraced();

      const { outgoing } = await send(kit, [
        ["b3", `${TRACE_ID}-${PARENT_ID}-1`],
        ["traceparent", VALID_PARENT.replace("1", "2")],
      ]);

      assert.match(outgoing["b3"] ?? "", new RegExp(`^${TRACE_ID}-`));
    } finally {
      register(new W3CTraceContextPropagator(), new W3CBaggagePropagator());
    }
  });
});

describe("the span of a request", () => {
  it("has the attributes of the conventions, and no query", async () => {
    await using kit = await openTraced();

    await fetch(`${kit.url}/livez?token=swordfish`, { headers: { "x-request-id": "request-1" } });
    await fetch(`${kit.url}/nothing/${"x".repeat(300)}`);
    await fetch(`${kit.url}/actors/cart/a/ask/audit`, { method: "PATCH" });

    const spans = telemetry.spans();
    assert.deepEqual(
      spans.map(({ name, kind }) => [name, kind]),
      [
        ["GET /livez", 1],
        ["GET", 1],
        ["PATCH /actors/{type}/{key}/ask/{message}", 1],
      ],
    );
    assert.deepEqual(spans[0]?.attributes, {
      "http.request.method": "GET",
      "http.route": "/livez",
      "http.response.status_code": 200,
      "url.scheme": "http",
      "url.path": "/livez",
      "server.address": "127.0.0.1",
      "server.port": kit.port,
      "actor.request.id": "request-1",
    });
    assert.equal(String(spans[1]?.attributes["url.path"]).length, 200);
    assert.deepEqual(
      spans.map(({ status }) => status.code),
      [0, 0, 0],
    );
    assert.doesNotMatch(JSON.stringify(telemetry.logs()), /swordfish/);
  });

  it("is failed by errors of the server only, with their code", async () => {
    const answers = [
      { status: 404, code: "ERR_NO_SUCH_ACTOR", message: "none", outcome: "not_handled" },
      { status: 503, code: "ERR_MAILBOX_FULL", message: "full", outcome: "not_handled" },
    ] as const;
    let at = 0;
    await using kit = await openKit({
      system: telemetry.systemOptions,
      answer: (_request, answer) => answer.fail(answers[at++]!),
    });

    await (await post(`${kit.url}/actors/cart/a/ask/add`, [])).text();
    await (await post(`${kit.url}/actors/cart/a/ask/add`, [])).text();

    const [missing, full] = telemetry.spansNamed("POST /actors/cart/{key}/ask/add");
    assert.deepEqual([missing?.status.code, missing?.attributes["error.type"]], [0, undefined]);
    assert.deepEqual([full?.status.code, full?.attributes["error.type"]], [2, "ERR_MAILBOX_FULL"]);
  });
});
