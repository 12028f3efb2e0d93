import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { READ_ROUTES } from "../../src/console/api/routes.ts";
import { type ActorRef, defineActor } from "../../src/index.ts";
import { addKeyViews } from "../../src/monitor/keys/key-views.ts";
import { connectionRow, FakeKeys } from "../_support/console-keys.ts";
import { ask, type ConsoleKit, openConsole } from "../_support/console-kit.ts";

interface Messages {
  add(c: unknown, by: number): number;
}

const counter = defineActor("counter", {
  state: () => ({ count: 0 }),
  handlers: {
    add(c, by: number) {
      c.state.count += by;
      c.log.info("added");
      return c.state.count;
    },
  },
});

// biome-ignore lint/suspicious/noExplicitAny: answers of JSON-RPC
type Json = any;

/** A client of the protocol, as far as its transport goes: JSON-RPC by POST, answers as JSON or as events. */
class Assistant {
  readonly #kit: ConsoleKit;
  #id = 0;

  constructor(kit: ConsoleKit) {
    this.#kit = kit;
  }

  async call(method: string, params: object = {}): Promise<Json> {
    this.#id += 1;
    const body = { jsonrpc: "2.0", id: this.#id, method, params };
    const headers = { accept: "application/json, text/event-stream" };
    const { status, text, json } = await this.#kit.post("/mcp", body, headers);
    assert.equal(status, 200, text);
    const answer = json ?? JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "");
    assert.equal(answer.id, this.#id);
    assert.equal(answer.error, undefined, text);
    return answer.result;
  }

  async tool(name: string, input: object = {}): Promise<{ isError: boolean; value: Json }> {
    const { content, isError = false } = await this.call("tools/call", { name, arguments: input });
    return { isError, value: JSON.parse(content[0].text) };
  }
}

describe("POST /mcp", () => {
  let kit: ConsoleKit;
  let ref: ActorRef<Messages>;
  before(async () => {
    kit = await openConsole({ allowActions: true });
    ref = kit.system.spawn(counter) as ActorRef<Messages>;
    await ref.ask.add(3);
  });
  after(() => kit[Symbol.asyncDispose]());

  it("introduces itself, in whichever version the client speaks", async () => {
    const clientInfo = { name: "test", version: "1" };
    for (const protocolVersion of ["2025-03-26", "2025-06-18", "2025-11-25"]) {
      const params = { protocolVersion, capabilities: {}, clientInfo };
      const { serverInfo, instructions, ...rest } = await new Assistant(kit).call(
        "initialize",
        params,
      );
      assert.equal(rest.protocolVersion, protocolVersion);
      assert.equal(serverInfo.name, "limelight-console");
      assert.match(instructions, /Begin with `summary`/);
    }
  });

  it("takes notifications", async () => {
    const headers = { accept: "application/json, text/event-stream" };
    const body = { jsonrpc: "2.0", method: "notifications/initialized" };
    assert.equal((await kit.post("/mcp", body, headers)).status, 202);
  });

  it("has a tool for each read, which says that it changes nothing, and one for each action", async () => {
    const { tools } = await new Assistant(kit).call("tools/list");
    const names = tools.map(({ name }: Json) => name);
    const reads = READ_ROUTES.map(({ name }) => name);
    const actions = ["stop", "restart", "kill", "send", "wake", "sleep", "destroy"];
    actions.push("cancel_schedule", "run_schedule", "requeue", "close_connection");
    actions.push("resend_dead_letter", "discard_dead_letter");
    assert.deepEqual(names.toSorted(), [...reads, ...actions].toSorted());
    for (const { name, description, annotations, inputSchema } of tools) {
      assert.ok(description.length > 10, name);
      assert.equal(annotations.readOnlyHint, reads.includes(name), name);
      assert.equal(inputSchema.additionalProperties, false, name);
    }
  });

  it("answers as the API does", async () => {
    const assistant = new Assistant(kit);
    const { value: detail } = await assistant.tool("actor", { id: ref.id });
    const { json } = await kit.get(`/api/actors/${encodeURIComponent(ref.id)}`);
    assert.deepEqual(detail.actor, json.actor);
    // The monitor may write lines of its own in between.
    const { value: logs } = await assistant.tool("logs", { limit: 100, level: "info" });
    assert.ok(logs.logs.some(({ msg }: Json) => msg === "added"));
    for (const { name, id, query } of READ_ROUTES) {
      const input = "type" in query ? { type: "nobody" } : {};
      if (id === undefined) assert.equal((await assistant.tool(name, input)).isError, false, name);
    }
    const { value: picked } = await assistant.tool("actors", { type: "nobody" });
    assert.deepEqual(picked.snapshots[0].actors, []);
  });

  it("refuses as the API does, and takes no input there is not", async () => {
    const assistant = new Assistant(kit);
    const { isError, value } = await assistant.tool("actor", { id: "nobody" });
    assert.deepEqual([isError, value.error.code], [true, "ERR_CONSOLE_NOT_FOUND"]);
    const { content, ...wrong } = await assistant.call("tools/call", {
      name: "logs",
      arguments: { levl: "warn" },
    });
    assert.ok(wrong.isError, JSON.stringify(content));
  });

  it("acts where that is allowed", async () => {
    const assistant = new Assistant(kit);
    const input = { id: ref.id, messageType: "add", args: [4] };
    assert.equal((await assistant.tool("send", input)).value.state, "running");
    assert.equal(await ref.ask.add(0), 7);
    const { isError, value } = await assistant.tool("stop", { id: "nobody" });
    assert.deepEqual([isError, value.error.code], [true, "ERR_CONSOLE_NOT_FOUND"]);

    await using shown = await openConsole();
    const { tools } = await new Assistant(shown).call("tools/list");
    assert.equal(tools.length, READ_ROUTES.length);
  });

  it("lists, reads and acts on keys", async () => {
    await using keyed = await openConsole({ allowActions: true, showState: true });
    const keys = new FakeKeys();
    keys.add("cart", ["alice"]);
    addKeyViews(keyed.system, keys);
    const assistant = new Assistant(keyed);

    const { value: types } = await assistant.tool("key_types");
    assert.equal(types.types[0].asleep, 1);
    const { value: list } = await assistant.tool("list_keys", { type: "cart", prefix: "al" });
    assert.deepEqual(list.keys[0].key, ["alice"]);
    const { value: detail } = await assistant.tool("read_key", { id: "cart/alice" });
    assert.equal(detail.state.password, "[redacted]");
    assert.equal(detail.actor, null, "reading does not wake");
    const woken = await assistant.tool("wake", { id: "cart/alice" });
    assert.deepEqual(woken.value, { action: "wake", id: "cart/alice", awake: true });
    keys.connected.push(connectionRow("c1"), connectionRow("c2"));
    const { value: connected } = await assistant.tool("connections", {
      id: "cart/alice",
      limit: 1,
    });
    assert.deepEqual([connected.total, connected.connections[0].id], [2, "c1"]);
    const closing = { id: "cart/alice", connectionId: "c1" };
    assert.equal((await assistant.tool("close_connection", closing)).isError, false);
    const { value: gone } = await assistant.tool("close_connection", closing);
    assert.equal(gone.error.code, "ERR_CONSOLE_NOT_FOUND");
    const missing = await assistant.call("tools/call", { name: "list_keys", arguments: {} });
    assert.ok(missing.isError, "type is required");
  });

  it("needs the token, JSON and a body of bearable size", async () => {
    const { port, token } = kit.console;
    const known = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const post = (headers: Record<string, string>, body: string) =>
      ask(port, "/mcp", { method: "POST", headers, body });

    assert.equal((await post({ "content-type": "application/json" }, "{}")).status, 401);
    assert.equal((await post({ ...known, "content-type": "text/plain" }, "{}")).status, 415);
    assert.equal((await post(known, "x")).status, 400);
    assert.equal((await post(known, `"${"x".repeat(300_000)}"`)).status, 413);
    assert.equal((await post({ ...known, origin: "https://evil.example" }, "{}")).status, 403);
    const nonsense = await post({ ...known, accept: "application/json, text/event-stream" }, "[]");
    assert.equal(nonsense.status, 400);
    assert.equal(nonsense.headers["cache-control"], "no-store");
  });
});
