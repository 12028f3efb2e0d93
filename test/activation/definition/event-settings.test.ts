import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { REPLAY_LIMITS } from "../../../src/activation/definition/event-settings.ts";
import { requireKeyedDefinition } from "../../../src/activation/definition/keyed-definition.ts";
import { defineKeyedActor, event } from "../../../src/index.ts";

const invalidOption = { code: "ERR_INVALID_OPTION", name: "UsageError" };

/** Defines an actor as JavaScript would. */
function define(options: object): () => unknown {
  return () => defineKeyedActor("thing", { handlers: {}, ...options } as never);
}

describe("the events of a definition", () => {
  it("have defaults", () => {
    const events = { said: event<string>(), typing: event({ whenSlow: "drop" }) };

    const { settings } = requireKeyedDefinition(
      defineKeyedActor("thing", { events, handlers: {} }),
    );

    const expected = { said: { whenSlow: "close" }, typing: { whenSlow: "drop" } };
    assert.deepEqual({ ...settings.events }, expected);
    assert.equal(settings.events["constructor"], undefined);
    assert.deepEqual(settings.replay, { events: 1_000, bytes: 1_048_576 });
  });

  it("are none without the option", () => {
    const { settings } = requireKeyedDefinition(defineKeyedActor("thing", { handlers: {} }));

    assert.deepEqual(Object.keys(settings.events), []);
  });

  it("are refused with a name or an option that there is not", () => {
    const invalidName = { code: "ERR_INVALID_NAME", name: "UsageError" };
    assert.throws(define({ events: { "a b": event() } }), invalidName);
    assert.throws(define({ events: { toJSON: event() } }), invalidName);
    assert.throws(define({ events: { said: { whenSlow: "wait" } } }), invalidOption);
    assert.throws(define({ events: { said: { when: "drop" } } }), invalidOption);
    for (const wrong of [null, "said", 5, undefined]) {
      assert.throws(define({ events: { said: wrong } }), invalidOption);
    }
    assert.throws(define({ events: null }), invalidOption);
    assert.throws(define({ events: "said" }), invalidOption);
    const many = Array.from({ length: 101 }, (_, at) => [`event${at}`, event()]);
    assert.throws(define({ events: Object.fromEntries(many) }), invalidOption);
  });

  for (const [name, { min, max }] of Object.entries(REPLAY_LIMITS)) {
    it(`are refused with a replay of ${name} outside of its bounds`, () => {
      for (const wrong of [min - 1, max + 1, 0.5, "1"]) {
        assert.throws(define({ replay: { [name]: wrong } }), invalidOption);
      }
      for (const right of [min, max]) assert.doesNotThrow(define({ replay: { [name]: right } }));
    });
  }

  it("are refused with an option of the replay that there is not", () => {
    assert.throws(define({ replay: { count: 1 } }), invalidOption);
    assert.throws(define({ replay: null }), invalidOption);
  });
});

describe("the hooks for connections and requests", () => {
  for (const hook of ["onBeforeConnect", "onConnect", "onDisconnect", "onRequest"]) {
    it(`are functions: ${hook}`, () => {
      assert.throws(define({ [hook]: "text" }), invalidOption);
      assert.doesNotThrow(define({ [hook]: () => {} }));
    });
  }
});
