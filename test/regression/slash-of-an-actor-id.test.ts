import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { type ConsoleKit, openConsole } from "../_support/console-kit.ts";
import { PrefixProxy } from "../_support/prefix-proxy.ts";

const worker = defineActor("worker", { handlers: { ping: () => "pong" } });

describe("the id of an actor", () => {
  let kit: ConsoleKit;
  let id: string;
  /** The id as people, programs and proxies write it. */
  let spellings: readonly string[];
  before(async () => {
    kit = await openConsole({ allowActions: true });
    const ref = kit.system.spawn(worker);
    await ref.ask.ping();
    id = ref.id;
    const encoded = encodeURIComponent(id);
    spellings = [id, encoded, encoded.replace("%2F", "%2f"), encodeURIComponent(encoded)];
  });
  after(() => kit[Symbol.asyncDispose]());

  const callTool = async (name: string, input: object): Promise<unknown> => {
    const params = { name, arguments: input };
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
    const headers = { accept: "application/json, text/event-stream" };
    const { text, json } = await kit.post("/mcp", call, headers);
    const { result } = json ?? JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "");
    assert.notEqual(result.isError, true, result.content[0].text);
    return JSON.parse(result.content[0].text);
  };

  it("is found in a path however its slash is written", async () => {
    for (const spelling of spellings) {
      const { status, json } = await kit.get(`/api/actors/${spelling}`);
      assert.deepEqual([status, json.actor?.id], [200, id], spelling);
    }
  });

  it("is found through a proxy that decodes slashes", async () => {
    const { port, token } = kit.console;
    await using proxy = await PrefixProxy.start({ prefix: "/ll/", port, decodesSlashes: true });
    const headers = { authorization: `Bearer ${token}` };

    const url = new URL(`api/actors/${encodeURIComponent(id)}`, proxy.url);

    assert.equal((await fetch(url, { headers })).status, 200);
  });

  it("is taken in a query in every spelling", async () => {
    const lines = (await kit.get(`/api/logs?actor=${id}`)).json.logs;
    assert.ok(lines.length > 0);
    for (const spelling of spellings) {
      const { json } = await kit.get(`/api/logs?actor=${spelling}`);
      assert.deepEqual(json.logs, lines, spelling);
    }
  });

  it("is taken by an assistant's tools in every spelling", async () => {
    for (const spelling of spellings) {
      const { actor } = (await callTool("actor", { id: spelling })) as { actor: { id: string } };
      assert.equal(actor.id, id, spelling);
      const { logs } = (await callTool("logs", { actor: spelling })) as { logs: object[] };
      assert.ok(logs.length > 0, spelling);
    }
  });

  it("is taken by actions in every spelling", async () => {
    for (const spelling of spellings) {
      const action = { action: "send", id: spelling, messageType: "ping", args: [] };
      const headers = { "x-limelight-action": "1" };
      const { status, json } = await kit.post("/api/actions", action, headers);
      assert.deepEqual([status, json.id], [202, id], spelling);
      await callTool("send", { id: spelling, messageType: "ping", args: [] });
    }
  });

  it("that no actor has, or that is wrongly encoded, is not found", async () => {
    for (const path of ["worker", "worker/", "worker/nobody", "%zz", "worker%2", "a/b/c", "%252"]) {
      const { status, json } = await kit.get(`/api/actors/${path}`);
      assert.deepEqual([status, json.error.code], [404, "ERR_CONSOLE_NOT_FOUND"], path);
    }
  });
});
