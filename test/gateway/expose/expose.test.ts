import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { requireExposed } from "../../../src/gateway/expose/expose.ts";
import { ExposedTypes } from "../../../src/gateway/expose/exposed-types.ts";
import { expose, unchecked } from "../../../src/gateway.ts";
import { defineActor, defineKeyedActor, event, queue } from "../../../src/index.ts";

const invalidOption = { code: "ERR_INVALID_OPTION", name: "UsageError" };

const desk = defineKeyedActor("desk", {
  events: { placed: event<string>() },
  queues: { orders: queue<string>(), notes: queue<string>() },
  onRequest: () => new Response("ok"),
  handlers: { place: (_c, item: string) => item, audit: () => 1 },
});
const bare = defineKeyedActor("bare", { handlers: { f: () => 1 } });

/** Exposes as JavaScript would. */
function exposing(options: unknown, definition: unknown = desk): () => unknown {
  return () => expose(definition as typeof desk, options as never);
}

describe("expose", () => {
  it("names what is reached, and nothing else", () => {
    const allow = () => true;
    const exposed = requireExposed(
      expose(desk, {
        calls: { place: [z.string()] },
        queues: { orders: unchecked },
        requests: ["GET", "POST"],
        create: false,
        allow,
      }),
    );

    assert.equal(exposed.type, "desk");
    assert.deepEqual([...exposed.calls.keys()], ["place"]);
    assert.deepEqual([...exposed.queues], [["orders", unchecked]]);
    assert.deepEqual([...exposed.events], ["placed"]);
    assert.deepEqual([...exposed.requests], ["GET", "POST"]);
    assert.deepEqual([exposed.create, exposed.allow], [false, allow]);
    assert.ok(Object.isFrozen(exposed));
  });

  it("exposes nothing but events by default, to all callers", () => {
    const exposed = requireExposed(expose(desk, {}));

    assert.deepEqual([exposed.calls.size, exposed.queues.size, exposed.requests.size], [0, 0, 0]);
    assert.deepEqual(
      [exposed.params, exposed.input, exposed.allow],
      [undefined, undefined, undefined],
    );
    assert.equal(exposed.create, true);
  });

  it("takes schemas of zod, valibot and arktype, which are functions", () => {
    for (const schema of [z.string(), v.string(), type("string")]) {
      const exposed = requireExposed(expose(desk, { calls: { place: [schema] } }));

      assert.deepEqual(exposed.calls.get("place"), [schema]);
    }
  });

  for (const [name, options, says] of [
    ["no options", undefined, /must be an object/],
    ["an unknown option", { call: {} }, /no option "call"/],
    ["an unknown message", { calls: { f: [] } }, /`calls` exposed of desk name "f"/],
    ["a name of every object", { calls: { toString: [] } }, /name "toString"/],
    ["calls that are a text", { calls: "place" }, /`calls` .* must be an object/],
    ["a schema in place of a list", { calls: { place: z.string() } }, /`calls\.place`/],
    ["a list of no schemas", { calls: { place: ["string"] } }, /array of schemas/],
    [
      "a schema of another version",
      { calls: { place: [{ "~standard": { version: 2 } }] } },
      /array/,
    ],
    ["an unknown queue", { queues: { files: unchecked } }, /name "files"/],
    ["a queue without a schema", { queues: { orders: {} } }, /`queues\.orders`/],
    ["params that are no schema", { params: {} }, /`params` .* must be a schema/],
    ["unchecked params", { params: unchecked }, /`params` .* must be a schema/],
    ["an input that is no schema", { input: 1 }, /`input` .* must be a schema/],
    ["rights that are no function", { allow: true }, /`allow` of `desk` must be a function/],
    ["a creation that is no boolean", { create: "no" }, /`create` .* must be a boolean/],
    ["an unknown method", { requests: ["CONNECT"] }, /`requests` .* must be an array of GET/],
    ["one method in place of a list", { requests: "GET" }, /must be an array/],
  ] satisfies [string, unknown, RegExp][]) {
    it(`refuses ${name}`, () => {
      assert.throws(exposing(options), { ...invalidOption, message: says });
    });
  }

  it("refuses requests for a definition without onRequest", () => {
    const says = { ...invalidOption, message: /need `onRequest` of bare/ };
    assert.throws(exposing({ requests: ["GET"] }, bare), says);
  });

  it("refuses what is no keyed definition", () => {
    const other = defineActor("other", { handlers: { f() {} } });
    for (const value of [null, {}, "desk", other]) {
      assert.throws(exposing({}, value), invalidOption);
    }
  });
});

describe("the exposed types of a gateway", () => {
  it("are found by name, which may be any text", () => {
    const [first, second] = [expose(desk, {}), expose(bare, {})];

    const types = new ExposedTypes([first, second]);

    assert.equal(types.get("desk"), first);
    assert.deepEqual([...types], [first, second]);
    for (const name of ["__proto__", "constructor", "toString", "then", ""]) {
      assert.equal(types.get(name), undefined);
    }
  });

  it("are refused twice, and unless `expose` has returned them", () => {
    assert.throws(() => new ExposedTypes([expose(desk, {}), expose(desk, {})]), invalidOption);
    for (const wrong of [[desk], [{}], [null], { 0: desk }, undefined]) {
      assert.throws(() => new ExposedTypes(wrong as never), invalidOption);
    }
  });
});
