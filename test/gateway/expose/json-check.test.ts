import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findJsonFault, JsonFault } from "../../../src/gateway/expose/json-check.ts";
import { manyRuns } from "../../_support/many-runs.ts";

const DEPTH = 32;
const faultOf = (text: string): JsonFault | undefined => findJsonFault(JSON.parse(text), DEPTH);
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

describe("the check of JSON from outside", () => {
  const refused: readonly (readonly [string, JsonFault])[] = [
    ['{"__proto__":{"admin":true}}', JsonFault.Prototype],
    ['[{"a":{"__proto__":1}}]', JsonFault.Prototype],
    ['{"constructor":{"prototype":{}}}', JsonFault.Prototype],
    ["1e999", JsonFault.Number],
    ['{"a":[-1e999]}', JsonFault.Number],
    ['"\\ud800"', JsonFault.Surrogate],
    ['["a\\udc00b"]', JsonFault.Surrogate],
    ['{"\\ud800":1}', JsonFault.Surrogate],
    [nested(33), JsonFault.Depth],
    [nested(100_000), JsonFault.Depth],
    [`${'{"a":'.repeat(33)}1${"}".repeat(33)}`, JsonFault.Depth],
  ];
  for (const [text, fault] of refused) {
    it(`refuses ${text.slice(0, 40)}`, () => assert.equal(faultOf(text), fault));
  }

  const accepted = [
    "null",
    "0",
    "-0",
    "9007199254740993",
    '"\\u0000"',
    '"😀"',
    "[]",
    "{}",
    nested(32),
    '{"constructor":"shop","prototype":1}',
    '{"constructor":{"name":"x"}}',
    '{"a":1,"a":2}',
    '"__proto__"',
  ];
  for (const text of accepted) {
    it(`accepts ${text.slice(0, 40)}`, () => assert.equal(faultOf(text), undefined));
  }

  it("counts levels from a value inside of none", () => {
    assert.equal(findJsonFault(1, 0), undefined);
    assert.equal(findJsonFault([], 0), JsonFault.Depth);
    assert.equal(findJsonFault([1], 1), undefined);
    assert.equal(findJsonFault([[]], 1), JsonFault.Depth);
  });

  it("finds the same as a recursive look, in any JSON", (test) => {
    const keys = fc.oneof(
      { weight: 4, arbitrary: fc.string({ maxLength: 3 }) },
      fc.constantFrom("__proto__", "constructor", "prototype"),
    );
    const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 6, depthSize: "small" },
        fc.constantFrom(null, true, 1, -0, "x", "\ud800"),
        fc.string({ unit: "binary", maxLength: 4 }),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.array(fc.tuple(keys, tie("value")), { maxLength: 3 }).map((entries) => {
          const object: object = {};
          for (const [name, value] of entries) {
            Object.defineProperty(object, name, {
              value,
              enumerable: true,
              configurable: true,
              writable: true,
            });
          }
          return object;
        }),
      ),
    }));
    manyRuns(
      test,
      fc.property(values, fc.integer({ min: 0, max: 6 }), (value, maxDepth) => {
        const parsed: unknown = JSON.parse(JSON.stringify(value));
        assert.equal(findJsonFault(parsed, maxDepth) === undefined, isSafe(parsed, maxDepth));
      }),
    );
  });
});

function isSafe(value: unknown, left: number): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  if (left === 0) return false;
  return Object.entries(value).every(([name, item]) => {
    const changes =
      name === "__proto__" ||
      (!Array.isArray(value) &&
        name === "constructor" &&
        typeof item === "object" &&
        item !== null &&
        "prototype" in item &&
        Object.hasOwn(item, "prototype"));
    return name.isWellFormed() && !changes && isSafe(item, left - 1);
  });
}
