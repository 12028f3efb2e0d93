import assert from "node:assert/strict";
import { it } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { jsonSchemaOf } from "../../../src/gateway/expose/json-schema.ts";

it("a schema states its JSON Schema where its library can", () => {
  const zod = jsonSchemaOf(z.object({ path: z.string().max(9) }));
  const arktype = jsonSchemaOf(type({ path: "string <= 9" }));

  for (const { type: kind, properties, required } of [zod, arktype]) {
    assert.equal(kind, "object");
    assert.deepEqual(properties, { path: { type: "string", maxLength: 9 } });
    assert.deepEqual(required, ["path"]);
  }
  assert.equal("$schema" in zod || "$schema" in arktype, false);
});

it("a schema that cannot is one that accepts everything", () => {
  assert.deepEqual(jsonSchemaOf(v.object({ path: v.string() })), {});
  assert.deepEqual(jsonSchemaOf(z.bigint()), {});
  const standard = {
    version: 1 as const,
    vendor: "test",
    validate: (value: unknown) => ({ value }),
    jsonSchema: { input: () => ({ default: 1n }) }, // no JSON
  };
  assert.deepEqual(jsonSchemaOf({ "~standard": standard }), {});
});
