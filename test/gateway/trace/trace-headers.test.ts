import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { checkBaggage, checkTraceHeaders } from "../../../src/gateway/trace/trace-headers.ts";
import { manyRuns } from "../../_support/many-runs.ts";
import { PARENT_ID, TRACE_CASES, TRACE_ID, VALID_PARENT } from "../../_support/trace-cases.ts";

/** As a server joins headers that came more than once, after its parser has trimmed them. */
function joined(
  headers: (typeof TRACE_CASES)[number]["headers"],
  wanted: string,
): string | undefined {
  const values = headers.flatMap(([name, value]) =>
    name.toLowerCase() === wanted ? [value.replaceAll(/^[ \t]+|[ \t]+$/g, "")] : [],
  );
  return values.length === 0 ? undefined : values.join(", ");
}

const ENTRY = /^[^,=]+=[^,=]+$/;

describe("the trace context of a request", () => {
  for (const { test, headers, continued, state } of TRACE_CASES) {
    it(`${test}: ${headers.map(([name, value]) => `${name}: ${value.slice(0, 60)}`).join(", ")}`, () => {
      const found = checkTraceHeaders(
        joined(headers, "traceparent"),
        joined(headers, "tracestate"),
      );

      assert.equal(found !== undefined, continued);
      assert.equal(found?.tracestate, state);
      if (found !== undefined)
        assert.match(found.traceparent, new RegExp(`^00-${TRACE_ID}-${PARENT_ID}-0[0-3]$`));
    });
  }

  it("keeps the flags that have a meaning", () => {
    const flagsOf = (flags: string): string | undefined =>
      checkTraceHeaders(`00-${TRACE_ID}-${PARENT_ID}-${flags}`, undefined)?.traceparent.slice(-2);

    assert.deepEqual(["00", "01", "02", "03", "fe", "ff"].map(flagsOf), [
      "00",
      "01",
      "02",
      "03",
      "02",
      "03",
    ]);
  });

  it("shortens a state of more than 512 characters by whole members, the long ones first", () => {
    const [long, last] = [`long=${"x".repeat(200)}`, `z=${"y".repeat(100)}`];
    const short = ["a", "b", "c"].map((key) => `${key}=${"v".repeat(97)}`);
    const exact = [...short, `d=${"v".repeat(210)}`].join(",");
    const stateOf = (state: string): string | undefined =>
      checkTraceHeaders(VALID_PARENT, state)?.tracestate;

    assert.equal(exact.length, 512);
    assert.equal(stateOf(exact), exact);
    assert.equal(stateOf([long, ...short, last].join(",")), [...short, last].join(","));
    assert.equal(
      stateOf(Array.from({ length: 6 }, (_, at) => `k${at}=${"v".repeat(97)}`).join(","))?.length,
      5 * 100 + 4,
    );
  });

  it("finds no state that is not a list of members, and no parent that is not one", (test) => {
    const pieces = fc.constantFrom(
      "foo",
      "=",
      ",",
      "1",
      " ",
      "\t",
      "@",
      "FOO",
      "é",
      "\0",
      "-",
      "00",
      "ff",
      "%",
      TRACE_ID,
      PARENT_ID,
      "01",
    );
    const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""));
    const parents = fc.oneof(
      texts,
      fc.constant(VALID_PARENT),
      texts.map((text) => VALID_PARENT + text),
    );

    manyRuns(
      test,
      fc.property(parents, fc.option(texts, { nil: undefined }), (parent, state) => {
        const found = checkTraceHeaders(parent, state);
        if (found === undefined) return;
        assert.match(found.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/);
        if (found.tracestate === undefined) return;
        assert.ok(
          found.tracestate.length <= 512 &&
            found.tracestate.split(",").every((entry) => ENTRY.test(entry)),
        );
        assert.deepEqual(checkTraceHeaders(found.traceparent, found.tracestate), found);
      }),
    );
  });
});

describe("baggage of a request", () => {
  it("is passed on within the limits, and else not at all", () => {
    const members = (count: number): string =>
      Array.from({ length: count }, (_, at) => `k${at}=v`).join(",");
    const long = `k=${"v".repeat(8_190)}`;

    assert.equal(checkBaggage(members(64)), members(64));
    assert.equal(checkBaggage(members(65)), undefined);
    assert.equal(checkBaggage(long), long);
    assert.equal(checkBaggage(`${long}v`), undefined);
    assert.equal(checkBaggage(undefined), undefined);
  });
});
