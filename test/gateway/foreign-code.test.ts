import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { propagation, type TextMapPropagator } from "@opentelemetry/api";
import type { StandardSchema } from "../../src/gateway/expose/standard-schema.ts";
import { createGateway, expose, type Gateway, type GatewayOptions } from "../../src/gateway.ts";
import { defineKeyedActor } from "../../src/index.ts";
import { openSystem } from "../_support/actor-system.ts";
import { serve } from "../_support/app-server.ts";
import { codeOf, openKit, post } from "../_support/gateway-kit.ts";
import { until } from "../_support/telemetry-until.ts";

/*
 * Code of the application and of other packages that a gateway calls, and that throws where it should not. An unhandled
 * rejection fails the test that it comes from.
 */

function schema(validate: StandardSchema["~standard"]["validate"]): StandardSchema<never> {
  return { "~standard": { version: 1, vendor: "test", validate } } as StandardSchema<never>;
}

const throws = schema(() => {
  throw new Error("sync");
});
/** Of an input that need not be given. */
const input = schema((value) =>
  value === undefined ? { value } : throws["~standard"].validate(value),
);
const rejects = schema(() => Promise.reject(new Error("async")));

/** Returned by two actors at once. */
let shared = new Response();

/** A response that is found to be of no use when its body is to be read. */
function broken(): Response {
  const get = (): never => {
    throw new Error("headers");
  };
  return Object.defineProperty(new Response("text"), "headers", { get });
}

const file = defineKeyedActor("file", {
  state: () => ({ reads: 0 }),
  handlers: { two: (_c, _one: string, _two: string) => 1, one: (_c, _one: string) => 1 },
  async onRequest(c, request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/shared") {
      c.state.reads += 1; // stored before the response begins
      return shared;
    }
    if (pathname === "/broken") return broken();
    const headers = { "content-disposition": `attachment; filename="${searchParams.get("name")}"` };
    return new Response("text", { headers });
  },
});
const actors = [
  expose(file, {
    requests: ["GET", "POST"],
    input: input as StandardSchema<undefined>,
    calls: { two: [rejects, throws], one: [rejects] },
  }),
];

interface Open extends AsyncDisposable {
  readonly gateway: Gateway;
  /** Of the gateway with a port of its own, and of one in another server. */
  readonly urls: readonly string[];
  /** Whether no request is being answered, by gateways and by actors. */
  readonly isIdle: () => boolean;
}

async function open(options: Partial<GatewayOptions> = {}): Promise<Open> {
  const opened = openSystem();
  const gateway = await createGateway(opened.system, { actors, port: 0, ...options });
  const mounted = await createGateway(opened.system, { actors, ...options });
  const server = await serve(mounted.handler);
  return {
    gateway,
    urls: [gateway.url ?? "", server.url],
    isIdle: () => !Object.keys(opened.system.books().levels).some((name) => name.includes("http.")),
    async [Symbol.asyncDispose]() {
      await Promise.all([gateway.close(), mounted.close(), server[Symbol.asyncDispose]()]);
      await opened[Symbol.asyncDispose]();
    },
  };
}

describe("a gateway with schemas that fail", () => {
  it("leaves no rejection behind where another one throws", async () => {
    await using opened = await open();
    const url = `${opened.gateway.url}/actors/file/a/ask`;

    for (const response of [
      await post(`${url}/two`, ["a", "b"]),
      await post(`${url}/one`, { args: ["a"], input: 1 }),
    ]) {
      assert.deepEqual([response.status, await codeOf(response)], [500, "ERR_INTERNAL"]);
    }
  });
});

describe("a gateway with actors whose responses cannot be sent", () => {
  it("answers 500 where a header has a control character, also in another server", async () => {
    await using opened = await open();

    for (const url of opened.urls) {
      const response = await fetch(`${url}/actors/file/a/request/x?name=a%01b`);
      const { error } = (await response.json()) as { readonly error: { readonly outcome: string } };
      assert.deepEqual([response.status, error.outcome], [500, "failed"]);
      assert.equal((await fetch(`${url}/actors/file/a/request/x?name=%C3%A9`)).status, 200);
    }
    await until(opened.isIdle, "the end of all requests");
  });

  it("answers 500 where two actors return the same response, and lets both of them go", async () => {
    await using opened = await open();
    shared = new Response("text");

    const responses = await Promise.all(
      ["a", "b", "c"].map((key) =>
        fetch(`${opened.gateway.url}/actors/file/${key}/request/shared`),
      ),
    );

    assert.deepEqual(responses.map(({ status }) => status).toSorted(), [200, 500, 500]);
    await Promise.all(responses.map((response) => response.text()));
    await until(opened.isIdle, "the end of all requests");
  });

  it("answers 500 at once where a response turns out to be of no use", async () => {
    await using opened = await open();

    const response = await fetch(`${opened.gateway.url}/actors/file/a/request/broken`);

    assert.deepEqual([response.status, await codeOf(response)], [500, "ERR_INTERNAL"]);
    await until(opened.isIdle, "the end of the request");
  });
});

describe("a gateway in a server whose middleware fails", () => {
  it("cuts the connection, and goes on", async () => {
    await using kit = await openKit({ gateway: { port: undefined as never } });
    let isBroken = true;
    await using server = await serve((request, response) => {
      if (isBroken) {
        response.writeHead = () => {
          throw new Error("middleware");
        };
      }
      kit.gateway.handler(request, response);
    });

    await assert.rejects(post(`${server.url}/actors/cart/a/ask/add`, []));
    isBroken = false;

    assert.equal((await post(`${server.url}/actors/cart/a/ask/add`, [])).status, 200);
    const [line] = kit.lines.filter(({ event }) => event === "gateway.internal_error");
    assert.match(JSON.stringify(line), /middleware/);
  });
});

describe("a gateway with a propagator that throws", () => {
  /** As that of Jaeger, by whose encoding `%` is malformed. */
  const propagator: TextMapPropagator = {
    fields: () => ["uber-trace-id"],
    inject: () => undefined,
    extract(context, carrier, getter) {
      decodeURIComponent(String(getter.get(carrier, "uber-trace-id")));
      return context;
    },
  };

  it("begins a new trace", async () => {
    propagation.disable();
    propagation.setGlobalPropagator(propagator);
    try {
      await using opened = await open();
      const headers = { "uber-trace-id": "%" };

      for (const url of opened.urls) {
        assert.equal((await fetch(`${url}/livez`, { headers })).status, 200);
      }
    } finally {
      propagation.disable();
    }
  });
});

describe("a gateway of a system that is shut down", () => {
  it("is not opened", async () => {
    const refused = { code: "ERR_SYSTEM_STOPPED" };
    for (const port of [0, undefined]) {
      const { system } = openSystem();
      const options = { actors, port } as GatewayOptions;

      // One without a port is open at once, and is closed by the shutdown.
      const opening = createGateway(system, options);
      const before = port === undefined ? opening : assert.rejects(opening, refused);
      const closed = system.shutdown();
      const during = assert.rejects(createGateway(system, options), refused);

      await Promise.all([before, during, closed]);
      await assert.rejects(createGateway(system, options), refused);
      assert.ok(!process.getActiveResourcesInfo().includes("TCPServerWrap"), "nothing listens");
    }
  });
});
