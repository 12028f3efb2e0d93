import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { type CallError, createClient } from "../../src/client.ts";
import { createGateway, expose, type Gateway } from "../../src/gateway.ts";
import { defineKeyedActor, queue } from "../../src/index.ts";
import { openSystem } from "../_support/actor-system.ts";
import { codeOf, post } from "../_support/gateway-kit.ts";

interface Input {
  readonly title: string;
}

const lot = defineKeyedActor("lot", {
  // With a key, the factory is called without an input, too.
  state: (input: Input, key: readonly string[]) => ({ ...input, id: key.join(), bids: 0 }),
  queues: { bids: queue<number>() },
  handlers: { show: (c) => c.state, bid: (c) => ++c.state.bids },
  onRequest: (c) => new Response(c.state.title),
});
const actors = [
  expose(lot, {
    input: z.object({ title: z.string().min(1) }),
    calls: { show: [], bid: [] },
    queues: { bids: z.number() },
    requests: ["GET"],
  }),
];

interface Open extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly url: string;
  started(): number;
}

async function open(): Promise<Open> {
  const { system, ...rest } = openSystem();
  const gateway = await createGateway(system, { actors, port: 0 });
  return {
    gateway,
    url: gateway.url ?? "",
    started: () => system.books().started,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await rest[Symbol.asyncDispose]();
    },
  };
}

describe("an actor whose state needs an input", () => {
  it("is created with one, and reached without one as soon as it exists", async () => {
    await using opened = await open();
    const at = `${opened.url}/actors/lot/vase`;

    await post(`${at}/ask/show`, { args: [], input: { title: "vase" } });

    assert.deepEqual(await (await post(`${at}/ask/bid`, [])).json(), 1);
    assert.equal((await post(`${at}/queue/bids`, 5)).status, 202);
    assert.equal(await (await fetch(`${at}/request`)).text(), "vase");
    const client = createClient<typeof actors>(opened.url);
    const vase = client.lot.get("vase").connect();
    await vase.ready();
    assert.equal(await vase.ask.bid(), 2);
    await client.$close();
  });

  it("is not created without one", async () => {
    await using opened = await open();
    const at = `${opened.url}/actors/lot/vase`;

    const answers = [
      await post(`${at}/ask/show`, []),
      await post(`${at}/tell/bid`, []),
      await post(`${at}/queue/bids`, 5),
      await fetch(`${at}/request`),
    ];

    for (const answer of answers) {
      assert.deepEqual([answer.status, await codeOf(answer)], [404, "ERR_NO_SUCH_ACTOR"]);
    }
    const client = createClient<typeof actors>(opened.url);
    const vase = client.lot.get("vase").connect();
    const refused = await vase.ready().catch((error: CallError) => error.code);
    assert.equal(refused, "ERR_NO_SUCH_ACTOR");
    await client.$close();
    assert.equal(opened.started(), 0);
  });

  it("is not reached with an invalid one, also if it exists", async () => {
    await using opened = await open();
    const url = `${opened.url}/actors/lot/vase/ask/show`;
    await post(url, { args: [], input: { title: "vase" } });

    const answer = await post(url, { args: [], input: { title: "" } });

    assert.deepEqual([answer.status, await codeOf(answer)], [400, "ERR_INVALID_ARGUMENTS"]);
  });
});
