import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { Stack } from "../_support/stack.ts";
import { eventually } from "../_support/stack-program.ts";

const SERVICE = "limelight-stores";

/** A span to send; the first of a trace has no parent. */
interface SpanParts {
  readonly kind: SpanKind;
  readonly durationMs: number;
  readonly failed?: boolean;
}

const hex = (sizeBytes: number): string => randomBytes(sizeBytes).toString("hex");

describe("collector, Jaeger and VictoriaLogs, asked for what was sent", () => {
  let stack: Stack;
  before(async () => {
    stack = await Stack.start();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  /** Sends a trace of a server's span with the others below it, and waits until Jaeger has it. */
  async function sendTrace(
    server: Omit<SpanParts, "kind">,
    ...below: SpanParts[]
  ): Promise<string> {
    const traceId = hex(16);
    const parentSpanId = hex(8);
    const startNs = BigInt(Date.now() - 10_000) * 1_000_000n;
    const span = ({ kind, durationMs, failed }: SpanParts): object => ({
      traceId,
      name: `span of ${durationMs} ms`,
      // OTLP counts from 1.
      kind: kind + 1,
      startTimeUnixNano: String(startNs),
      endTimeUnixNano: String(startNs + BigInt(durationMs) * 1_000_000n),
      status: { code: failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    });
    const spans = [
      { ...span({ kind: SpanKind.SERVER, ...server }), spanId: parentSpanId },
      ...below.map((parts) => ({ ...span(parts), spanId: hex(8), parentSpanId })),
    ];
    const attributes = [{ key: "service.name", value: { stringValue: SERVICE } }];
    const answer = await fetch(`${stack.local.url("otlpHttp")}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }],
      }),
    });
    assert.equal(answer.status, 200);
    await eventually("the trace in Jaeger", async () =>
      (await stack.jaeger.trace(traceId)).length === spans.length ? true : undefined,
    );
    return traceId;
  }

  it("finds slow and failed requests by one tag each, with any other spans", async () => {
    const task = { kind: SpanKind.INTERNAL, durationMs: 2_000 };
    const slow = await sendTrace({ durationMs: 500 });
    const failed = await sendTrace({ durationMs: 10, failed: true });
    const both = await sendTrace({ durationMs: 900, failed: true }, task);
    await sendTrace({ durationMs: 499 }, { ...task, failed: true });

    const search = (tag: string): Promise<string[]> =>
      stack.jaeger.search({ service: SERVICE, tags: { [tag]: "true" } });
    assert.deepEqual(new Set(await search("request.slow")), new Set([slow, both]));
    assert.deepEqual(new Set(await search("request.failed")), new Set([failed, both]));
  });

  it("marks no span but the request's own", async () => {
    const traceId = await sendTrace(
      { durationMs: 600, failed: true },
      { kind: SpanKind.CLIENT, durationMs: 600, failed: true },
    );

    const spans = await stack.jaeger.trace(traceId);
    assert.deepEqual(
      new Map(spans.map(({ parentSpanId, attributes }) => [parentSpanId === "", attributes])),
      new Map([
        [true, { "request.slow": true, "request.failed": true }],
        [false, {}],
      ]),
    );
  });

  it("keeps a line's message and time when it has fields of VictoriaLogs' names", async () => {
    const timeMs = Date.now() - 1_000;
    const line = { level: 30, time: timeMs, msg: "the message", _msg: "another", _time: "never" };
    appendFileSync(join(stack.local.logFolder, "names.ndjson"), `${JSON.stringify(line)}\n`);

    const [found] = await eventually("the line", async () => {
      const lines = await stack.victoriaLogs.lines("field_msg:another");
      return lines.length > 0 ? lines : undefined;
    });
    assert.deepEqual(
      [found?.body, found?.timeMs, found?.fields["field_time"]],
      ["the message", timeMs, "never"],
    );
  });

  it("refuses a LogsQL query that is none, and says where", async () => {
    for (const query of ["{service.name=", 'event:in("a"', "* | no_such_pipe", "_time:yesterday"]) {
      await assert.rejects(stack.victoriaLogs.lines(query), /cannot parse|unexpected|missing/i);
    }
  });

  it("refuses a search of traces that is none", async () => {
    const searches = [
      { service: "" },
      { service: SERVICE, minDuration: "soon" },
      { service: SERVICE, minDuration: "2s", maxDuration: "1s" },
    ];
    for (const search of searches) {
      await assert.rejects(stack.jaeger.search(search), /errors/, JSON.stringify(search));
    }
    const url = `${stack.local.url("jaeger")}/api/traces?service=${SERVICE}&tags={no`;
    assert.equal((await fetch(url)).status, 400);
  });

  it("ends each program by itself within its grace when it is asked to", async () => {
    for (const service of ["collector", "prometheus", "jaeger", "victorialogs"] as const) {
      assert.ok(await stack.local.stop(service), `${service}: ${stack.local.output(service)}`);
    }
  });
});
