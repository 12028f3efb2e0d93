import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { checkArguments, checkValue } from "../../../src/gateway/expose/schema-check.ts";
import type { StandardSchema } from "../../../src/gateway/expose/standard-schema.ts";
import { unchecked } from "../../../src/gateway.ts";
import { ManualClock } from "../../../src/testing.ts";

const clock = new ManualClock();

/** A schema by hand. */
function schema(validate: StandardSchema["~standard"]["validate"]): StandardSchema {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

/** The three libraries, each with a line of an order: a text and a positive number. */
const LIBRARIES: readonly (readonly [string, StandardSchema])[] = [
  ["zod", z.object({ item: z.string(), count: z.int().positive() })],
  [
    "valibot",
    v.object({ item: v.string(), count: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
  ],
  ["arktype", type({ item: "string", count: "number.integer > 0" })],
];

for (const [library, line] of LIBRARIES) {
  describe(`arguments with schemas of ${library}`, () => {
    it("are the checked values, at once", () => {
      const given = [
        { item: "lamp", count: 2 },
        { item: "desk", count: 1 },
      ];

      assert.deepEqual(checkArguments([line, line], given, clock), { value: given });
    });

    it("have the path of what is wrong, beginning with the argument", () => {
      const given = [
        { item: "lamp", count: 2 },
        { item: 5, count: 0 },
      ];

      const checked = checkArguments([line, line], given, clock);

      assert.ok("issues" in checked && checked.issues !== undefined);
      assert.deepEqual(checked.issues.map(({ path }) => path).toSorted(), [
        [1, "count"],
        [1, "item"],
      ]);
      for (const { message } of checked.issues) assert.ok(message.length > 0);
    });

    it("are missing where a client leaves them out", () => {
      const checked = checkArguments([line, line], [{ item: "lamp", count: 2 }], clock);

      assert.ok("issues" in checked);
      assert.deepEqual(
        checked.issues?.map(({ path }) => path),
        [[1]],
      );
    });
  });
}

describe("the arguments of a message", () => {
  it("are passed on as they came where they are unchecked", () => {
    const given = [1, "two", { three: 3 }];

    assert.deepEqual(checkArguments(unchecked, given, clock), { value: given });
  });

  it("may leave out optional ones, and get defaults", () => {
    const schemas = [z.string(), z.string().optional(), z.number().default(7), z.null().optional()];

    assert.deepEqual(checkArguments(schemas, ["a"], clock), { value: ["a", undefined, 7] });
    assert.deepEqual(checkArguments([z.string(), z.string().optional()], ["a"], clock), {
      value: ["a"],
    });
    assert.deepEqual(checkArguments([], [], clock), { value: [] });
  });

  it("are refused when there are more than schemas", () => {
    const checked = checkArguments([z.string()], ["a", "b"], clock);

    assert.deepEqual(checked, { issues: [{ path: [1], message: "there are too many arguments" }] });
  });

  it("are what the schemas return: trimmed texts, without unknown members", () => {
    const schemas = [z.string().trim(), z.object({ a: z.number() })];

    const checked = checkArguments(schemas, [" a ", { a: 1, b: 2 }], clock);

    assert.deepEqual(checked, { value: ["a", { a: 1 }] });
  });

  it("do not change a prototype", () => {
    const given = JSON.parse('[{"__proto__":{"admin":true},"a":1}]');

    const checked = checkArguments([z.object({ a: z.number() })], given, clock);

    assert.equal((checked as { value: { admin?: unknown }[] }).value[0]?.admin, undefined);
    assert.equal(({} as { admin?: unknown }).admin, undefined);
  });
});

describe("an async schema", () => {
  const slowly = z.string().refine(async (text) => text !== "taken", "is taken");

  it("is waited for", async () => {
    assert.deepEqual(await checkArguments([slowly, z.number()], ["free", 1], clock), {
      value: ["free", 1],
    });
    assert.deepEqual(await checkArguments([z.number(), slowly], [1, "taken"], clock), {
      issues: [{ path: [1], message: "is taken" }],
    });
    assert.deepEqual(await checkValue(slowly, "free", clock), { value: "free" });
  });

  it("is not waited for longer than a second", async () => {
    const manual = new ManualClock();
    const never = schema(() => new Promise(() => {}));
    const first = checkArguments([z.number(), never], [1, 2], manual) as Promise<unknown>;
    const second = checkValue(never, 2, manual) as Promise<unknown>;
    const ends = Promise.allSettled([first, second]);

    await manual.advance(1_000);

    for (const end of await ends) {
      assert.equal(end.status === "rejected" && end.reason.name, "SlowCodeError");
    }
    assert.equal(manual.pendingTimers, 0);
  });

  it("passes on what it rejects with, and has no timer afterwards", async () => {
    const manual = new ManualClock();
    const failing = schema(async () => {
      throw new TypeError("no database");
    });

    await assert.rejects(async () => checkValue(failing, 1, manual), TypeError);
    assert.equal(manual.pendingTimers, 0);
  });
});

describe("one value", () => {
  it("is what the schema returns", () => {
    assert.deepEqual(checkValue(z.string().trim(), " a ", clock), { value: "a" });
    assert.deepEqual(checkValue(unchecked, { a: 1 }, clock), { value: { a: 1 } });
    assert.deepEqual(checkValue(z.object({ a: z.string() }), { a: 1 }, clock), {
      issues: [{ path: ["a"], message: "Invalid input: expected string, received number" }],
    });
  });

  it("is accepted only as missing where there is no schema", () => {
    assert.deepEqual(checkValue(undefined, undefined, clock), { value: undefined });
    assert.deepEqual(checkValue(undefined, null, clock), {
      issues: [{ path: [], message: "none is accepted" }],
    });
  });

  it("throws what the schema throws", () => {
    const failing = schema(() => {
      throw new RangeError("broken");
    });

    assert.throws(() => checkValue(failing, 1, clock), RangeError);
  });
});

describe("the issues of a schema", () => {
  it("are bounded in number, depth and length", () => {
    const path = Array.from({ length: 100 }, () => "x".repeat(1_000));
    const many = Array.from({ length: 500 }, () => ({ message: "m".repeat(5_000), path }));

    const { issues = [] } = checkValue(
      schema(() => ({ issues: many })),
      1,
      clock,
    ) as {
      issues?: { path: string[]; message: string }[];
    };

    assert.equal(issues.length, 20);
    assert.equal(issues[0]?.path.length, 32);
    assert.ok(JSON.stringify(issues).length < 100_000);
  });

  it("have segments of every form", () => {
    const path = ["a", 0, { key: "b" }, { key: 1 }, Symbol("s"), { key: Symbol("t") }];

    const checked = checkValue(
      schema(() => ({ issues: [{ message: "m", path }] })),
      1,
      clock,
    );

    assert.deepEqual(checked, {
      issues: [{ path: ["a", 0, "b", 1, "Symbol(s)", "Symbol(t)"], message: "m" }],
    });
  });

  it("are one if the schema names none", () => {
    const checked = checkValue(
      schema(() => ({ issues: [] })),
      1,
      clock,
    );

    assert.deepEqual(checked, { issues: [{ path: [], message: "is invalid" }] });
  });
});
