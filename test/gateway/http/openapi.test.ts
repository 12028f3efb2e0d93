import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { z } from "zod";
import { expose } from "../../../src/gateway/expose/expose.ts";
import { unchecked } from "../../../src/gateway/expose/unchecked.ts";
import { defineKeyedActor, queue } from "../../../src/index.ts";
import { openKit } from "../../_support/gateway-kit.ts";

const shop = defineKeyedActor("shop-2.de", {
  state: (input: { currency: string } | undefined) => ({ currency: input?.currency ?? "eur" }),
  queues: { orders: queue<{ item: string }, number>() },
  handlers: {
    add: (_c, item: string, quantity: number) => `${item} ${quantity}`,
    $odd: () => 1,
    anything: (_c, ...values: unknown[]) => values,
    secret: () => 1,
  },
});

interface Operation {
  readonly operationId: string;
  readonly requestBody?: {
    readonly content: { readonly "application/json": { readonly schema: unknown } };
  };
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly security?: unknown;
}

const actors = [
  expose(shop, {
    calls: { add: [z.string().max(64), z.int().positive()], $odd: [], anything: unchecked },
    queues: { orders: z.object({ item: z.string() }) },
  }),
];

describe("the OpenAPI document of a gateway", () => {
  it("is valid, and names every operation that is answered, and no other", async () => {
    for (const basePath of ["", "/api"]) {
      await using kit = await openKit({ gateway: { actors, basePath } });
      const document = (await (await fetch(`${kit.url}/openapi.json`)).json()) as Document;

      assert.deepEqual((await new Validator().validate({ ...document })).errors, undefined);
      assert.deepEqual(document.servers, [{ url: basePath || "/" }]);
      assert.deepEqual(Object.keys(document.paths), [
        "/actors/shop-2.de/{key}/ask/add",
        "/actors/shop-2.de/{key}/tell/add",
        "/actors/shop-2.de/{key}/ask/%24odd",
        "/actors/shop-2.de/{key}/tell/%24odd",
        "/actors/shop-2.de/{key}/ask/anything",
        "/actors/shop-2.de/{key}/tell/anything",
        "/actors/shop-2.de/{key}/queue/orders",
        "/livez",
        "/readyz",
        "/metadata",
        "/openapi.json",
      ]);
      for (const [path, methods] of Object.entries(document.paths)) {
        for (const [method, { responses }] of Object.entries(methods)) {
          const { status } = await fetch(kit.url + path.replace("{key}", "alice"), {
            method: method.toUpperCase(),
            ...(method === "post"
              ? { body: "[]", headers: { "content-type": "application/json" } }
              : {}),
          });
          assert.ok(String(status) in responses, `${method} ${path}: ${status}`);
        }
        const { status } = await fetch(kit.url + path.replace("{key}", "alice"), {
          method: "DELETE",
        });
        assert.equal(status, 405, path);
      }
    }
  });

  it("has the schemas of arguments, of input and of queues", async () => {
    const withInput = [
      expose(shop, {
        calls: { add: [z.string().max(64), z.int().positive()] },
        queues: { orders: z.object({ item: z.string() }) },
        input: z.object({ currency: z.string() }).optional(),
      }),
    ];
    for (const given of [actors, withInput]) {
      await using kit = await openKit({ gateway: { actors: given } });
      const { paths } = (await (await fetch(`${kit.url}/openapi.json`)).json()) as Document;
      const schemaOf = (path: string): unknown =>
        paths[path]?.["post"]?.requestBody?.content["application/json"].schema;

      const args = {
        type: "array",
        prefixItems: [
          { type: "string", maxLength: 64 },
          { type: "integer", exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        ],
        maxItems: 2,
      };
      const currency = {
        type: "object",
        properties: { currency: { type: "string" } },
        required: ["currency"],
      };
      const both = { type: "object", properties: { args, input: currency }, required: ["args"] };
      assert.deepEqual(
        schemaOf("/actors/shop-2.de/{key}/ask/add"),
        given === actors ? args : { anyOf: [args, both] },
      );
      assert.deepEqual(schemaOf("/actors/shop-2.de/{key}/queue/orders"), {
        type: "object",
        properties: { item: { type: "string" } },
        required: ["item"],
      });
    }
  });

  it("has references that lead to the schema which has them", async () => {
    const node = z.object({
      name: z.string(),
      get children() {
        return z.array(node);
      },
    });
    const named = z.string().meta({ id: "Named" });
    const tree = defineKeyedActor("tree", {
      state: () => 0,
      handlers: { $set: (_c, _at: string, _root: z.infer<typeof node>) => 1 },
    });
    const given = [expose(tree, { calls: { $set: [named, node] as never } })];
    await using kit = await openKit({ gateway: { actors: given } });

    const text = await (await fetch(`${kit.url}/openapi.json`)).text();

    const document = JSON.parse(text);
    assert.deepEqual((await new Validator().validate(JSON.parse(text))).errors, undefined);
    const references = [...text.matchAll(/"\$ref":"#\/([^"]*)"/g)].map(([, path = ""]) => path);
    assert.ok(references.includes("components/schemas/tree.ask._set.1"));
    for (const path of new Set(references)) {
      const found = path.split("/").reduce((part, name) => part?.[name], document);
      assert.equal(typeof found, "object", path);
    }
    const { properties } = document.components.schemas["tree.ask._set.1"];
    assert.deepEqual(properties.children.items, { $ref: "#/components/schemas/tree.ask._set.1" });
  });

  it("says whether a token is needed", async () => {
    const token = "correct-horse-battery";
    await using open = await openKit({ gateway: { actors } });
    await using closed = await openKit({ gateway: { actors, auth: { [token]: { id: "alice" } } } });
    const documentOf = async (url: string): Promise<Document> =>
      (await (
        await fetch(`${url}/openapi.json`, { headers: { authorization: `Bearer ${token}` } })
      ).json()) as Document;

    assert.equal((await documentOf(open.url)).security, undefined);
    assert.deepEqual((await documentOf(closed.url)).security, [{ bearer: [] }]);
  });

  it("names the methods that reach `onRequest`", async () => {
    const files = defineKeyedActor("files", {
      state: () => 0,
      handlers: {},
      onRequest: () => new Response("a"),
    });
    const given = [expose(files, { requests: ["GET", "POST"] })];
    await using kit = await openKit({ gateway: { actors: given } });

    const document = (await (await fetch(`${kit.url}/openapi.json`)).json()) as Document;

    assert.deepEqual((await new Validator().validate({ ...document })).errors, undefined);
    const operations = document.paths["/actors/files/{key}/request/{path}"] ?? {};
    assert.deepEqual(
      Object.entries(operations).map(([method, { operationId }]) => [method, operationId]),
      [
        ["get", "files.request.get"],
        ["post", "files.request.post"],
      ],
    );
  });
});
