import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isKeyedDefinition,
  requireKeyedDefinition,
} from "../../../src/activation/definition/keyed-definition.ts";
import {
  DATABASE_LIMITS,
  KEYED_LIMITS,
  QUEUE_LIMITS,
} from "../../../src/activation/definition/keyed-settings.ts";
import { defineActor, defineKeyedActor, queue } from "../../../src/index.ts";

const handlers = { noop() {} };
const invalidOption = { code: "ERR_INVALID_OPTION", name: "UsageError" };

/** Defines an actor as JavaScript would. */
function define(options: object): () => void {
  return () => defineKeyedActor("thing", { handlers, ...options } as never);
}

describe("defineKeyedActor", () => {
  it("fills in the documented defaults", () => {
    const { settings } = requireKeyedDefinition(
      defineKeyedActor("thing", {
        queues: { jobs: queue() },
        database: { migrations: [] },
        handlers,
      }),
    );

    assert.partialDeepStrictEqual(settings, {
      version: 1,
      idleMs: 30_000,
      save: "before_reply",
      saveIntervalMs: 1_000,
      maxStateBytes: 1_048_576,
      expireAfterMs: Number.POSITIVE_INFINITY,
      maxSchedules: 1_000,
      mailboxLimit: 10_000,
      taskDeadlineMs: 5_000,
      stopDeadlineMs: 30_000,
      database: { statementTimeoutMs: 5_000, slowStatementMs: 100, maxBytes: 1_073_741_824 },
    });
    const jobs = { maxDepth: 1_000, maxBytes: 65_536, maxAttempts: 5 };
    assert.deepEqual({ ...settings.queues["jobs"] }, jobs);
  });

  it("keeps the options as given, and is frozen", () => {
    const options = { state: () => ({ n: 1 }), idleMs: Number.POSITIVE_INFINITY, handlers };

    const definition = requireKeyedDefinition(defineKeyedActor("thing", options));

    assert.equal(definition.options, options);
    assert.equal(definition.settings.idleMs, Number.POSITIVE_INFINITY);
    assert.ok(Object.isFrozen(definition) && Object.isFrozen(definition.settings));
  });

  for (const [name, { min, max }] of Object.entries(KEYED_LIMITS)) {
    it(`refuses ${name} outside of its bounds`, () => {
      assert.throws(define({ migrate: () => 0, [name]: min - 1 }), invalidOption);
      assert.throws(define({ migrate: () => 0, [name]: Number.NaN }), invalidOption);
      assert.throws(define({ migrate: () => 0, [name]: "1" }), invalidOption);
      if (max !== Number.POSITIVE_INFINITY) {
        assert.throws(define({ migrate: () => 0, [name]: max + 1 }), invalidOption);
      }
      assert.doesNotThrow(define({ migrate: () => 0, [name]: min }));
      assert.doesNotThrow(define({ migrate: () => 0, [name]: max }));
    });
  }

  for (const [name, { min, max }] of Object.entries(QUEUE_LIMITS)) {
    it(`refuses ${name} of a queue outside of its bounds`, () => {
      assert.throws(define({ queues: { jobs: queue({ [name]: min - 1 }) } }), invalidOption);
      assert.throws(define({ queues: { jobs: queue({ [name]: max + 1 }) } }), invalidOption);
    });
  }

  for (const [name, { min, max }] of Object.entries(DATABASE_LIMITS)) {
    it(`refuses ${name} of a database outside of its bounds`, () => {
      const database = (value: number) => ({ database: { migrations: [], [name]: value } });

      assert.throws(define(database(min - 1)), invalidOption);
      assert.throws(define(database(max + 1)), invalidOption);
    });
  }

  const refused: readonly (readonly [what: string, options: object, says: RegExp])[] = [
    ["an unknown option", { idleMS: 1 }, /has no option "idleMS"/],
    ["a hook of other actors", { onStart() {} }, /has no option "onStart"; there is .*onWake/],
    ["a hook that is no function", { onSleep: 1 }, /`onSleep` of `thing` must be a function/],
    ["a mode that is none", { save: "always" }, /must be one of before_reply, interval/],
    ["a version without migrate", { version: 2 }, /has version 2 and needs `migrate`/],
    ["no handlers", { handlers: undefined }, /must hold 0 to 1000 functions/],
    ["declared messages with content", { messages: { a() {} } }, /must be an empty object/],
    ["queues that are no object", { queues: [], handlers: 1 }, /must hold/],
    ["a queue with an unknown option", { queues: { jobs: { max: 1 } } }, /has no option "max"/],
    [
      "a database without migrations",
      { database: {} },
      /`database.migrations` of thing must be an array/,
    ],
    [
      "a migration without a text",
      { database: { migrations: [{ name: "a" }] } },
      /must have a `name`/,
    ],
    ["a migration that is null", { database: { migrations: [null] } }, /must be an object/],
    [
      "two migrations of one name",
      {
        database: {
          migrations: [
            { name: "a", sql: "SELECT 1" },
            { name: "a", sql: "SELECT 2" },
          ],
        },
      },
      /`database.migrations\[1\]` of thing has the name "a" of an earlier one/,
    ],
  ];
  for (const [what, options, says] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(define(options), { ...invalidOption, message: says });
    });
  }

  it("refuses names that JavaScript looks up itself", () => {
    const invalidName = { code: "ERR_INVALID_NAME" };

    assert.throws(() => defineKeyedActor("a/b", { handlers }), invalidName);
    assert.throws(define({ queues: { toString: queue() } }), invalidName);
    assert.throws(define({ handlers: { constructor() {} } }), invalidName);
  });
});

describe("a keyed definition", () => {
  it("is told from others", () => {
    assert.ok(isKeyedDefinition(defineKeyedActor("thing", { handlers })));
    for (const other of [defineActor("thing", { handlers }), {}, null, undefined, "thing"]) {
      assert.ok(!isKeyedDefinition(other));
      assert.throws(() => requireKeyedDefinition(other), invalidOption);
    }
  });
});
