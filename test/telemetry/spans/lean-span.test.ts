import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Link, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import fc from "fast-check";
import { type SpanCase, type SpanStep, spanTwins, TRACE_STATE } from "../../_support/span-twins.ts";

const circular: Record<string, unknown> = {};
circular["self"] = circular;

/** Few keys, so that they meet; the empty one is none. */
const keys = fc.constantFrom("a", "b", "c", "d", "e", "actor.id", "");
const values = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.double(),
  fc.boolean(),
  fc.constantFrom<unknown>(undefined, null, Symbol("s"), 12n, () => 1, new Date(0), circular),
  fc.array(fc.oneof(fc.string(), fc.integer(), fc.constantFrom(null, undefined)), { maxLength: 4 }),
  fc.uint8Array({ maxLength: 6 }),
  fc.dictionary(
    fc.constantFrom("x", "y"),
    fc.oneof(fc.string(), fc.integer(), fc.constant(undefined)),
  ),
);
const attributes = fc
  .array(fc.tuple(keys, values), { maxLength: 6 })
  .map((entries) => Object.fromEntries(entries) as Record<string, string>);
/** Times that are given: dates, pairs, and milliseconds since long before this process. */
const times = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 900_000_000 }), fc.integer({ min: 0, max: 999_999_999 })),
  fc.integer({ min: 0, max: 900_000_000_000 }).map((ms) => new Date(ms)),
  fc.integer({ min: 400_000_000_000, max: 900_000_000_000 }),
);
const spanContexts = fc
  .record({
    traceId: fc.constantFrom("0af7651916cd43dd8448eb211c80319c", "0".repeat(32)),
    spanId: fc.constantFrom("b7ad6b7169203331", "00f067aa0ba902b7"),
    traceFlags: fc.constantFrom(TraceFlags.NONE, TraceFlags.SAMPLED),
    isRemote: fc.boolean(),
  })
  .chain((plain) => fc.constantFrom(plain, { ...plain, traceState: TRACE_STATE }));
const links: fc.Arbitrary<Link> = fc.oneof(
  fc.record({ context: spanContexts }),
  fc.record({ context: spanContexts, attributes }),
);
const statuses = fc.record(
  {
    code: fc.constantFrom(SpanStatusCode.UNSET, SpanStatusCode.OK, SpanStatusCode.ERROR),
    message: fc.oneof(fc.string({ maxLength: 5 }), fc.constant(7 as unknown as string)),
  },
  { requiredKeys: ["code"] },
);
const exceptions = fc.constantFrom(
  new RangeError("too much"),
  Object.assign(new Error("coded"), { code: "ERR_X" }),
  Object.assign(new Error("numbered"), { code: 7 }),
  "a text",
  "",
  { message: "no error" },
  { name: "OnlyName" },
  {},
) as fc.Arbitrary<Error>;
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined });

const steps: fc.Arbitrary<SpanStep> = fc.oneof(
  fc.record({ do: fc.constant("attribute" as const), key: keys, value: values }),
  fc.record({ do: fc.constant("attributes" as const), attributes }),
  fc.record({
    do: fc.constant("event" as const),
    name: fc.string({ maxLength: 3 }),
    attributes: fc.oneof(maybe(attributes), times),
    time: maybe(times),
  }),
  fc.record({ do: fc.constant("link" as const), links: fc.array(links, { maxLength: 3 }) }),
  fc.record({ do: fc.constant("status" as const), status: statuses }),
  fc.record({ do: fc.constant("name" as const), name: fc.string({ maxLength: 3 }) }),
  fc.record({ do: fc.constant("exception" as const), exception: exceptions }),
  fc.record({ do: fc.constant("end" as const), time: maybe(times) }),
);
const limit = fc.integer({ min: 0, max: 4 });
const limits = fc.record(
  {
    attributeValueLengthLimit: fc.constantFrom(0, 1, 5, Infinity),
    attributeCountLimit: limit,
    linkCountLimit: limit,
    eventCountLimit: limit,
    attributePerEventCountLimit: limit,
    attributePerLinkCountLimit: limit,
  },
  { requiredKeys: [] },
);

const cases: fc.Arbitrary<SpanCase> = fc.record({
  limits,
  parent: maybe(spanContexts),
  name: fc.string({ maxLength: 5 }),
  options: fc.record(
    {
      kind: fc.constantFrom(SpanKind.CLIENT, SpanKind.CONSUMER, SpanKind.INTERNAL),
      attributes,
      links: fc.array(links, { maxLength: 6 }),
      startTime: times,
      root: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  result: maybe(
    fc.record(
      { decision: fc.constantFrom(0, 1, 2), attributes, traceState: fc.constant(TRACE_STATE) },
      { requiredKeys: ["decision"] },
    ),
  ),
  steps: fc.array(steps, { maxLength: 12 }),
});

describe("a span of limelight's provider", () => {
  it("shows to processors, samplers and the application what one of the SDK shows", () => {
    const property = fc.property(cases, (theCase) => {
      const [lean, sdk] = spanTwins(theCase);
      assert.deepEqual(lean, sdk);
    });

    fc.assert(property, { numRuns: 2_000 });
  });
});
