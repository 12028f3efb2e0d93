import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { addKeyViews } from "../../src/monitor/keys/key-views.ts";
import { connectionRow, FakeKeys } from "../_support/console-keys.ts";
import { type ConsoleKit, openConsole } from "../_support/console-kit.ts";

const HEADER = { "x-limelight-action": "1" };

describe("the console's keys", () => {
  let keys: FakeKeys;
  let kit: ConsoleKit;

  beforeEach(async () => {
    keys = new FakeKeys();
    kit = await openConsole({ allowActions: true, showState: true, system: { name: "shop" } });
    addKeyViews(kit.system, keys);
    for (const name of ["alice", "anna", "bob"]) keys.add("cart", [name]);
    keys.add("room", ["lobby", "de"], { awake: true });
    keys.add("gone", ["a/b"], { id: "gone/a~1b" });
  });
  afterEach(() => kit[Symbol.asyncDispose]());

  const act = (body: object) => kit.post("/api/actions", body, HEADER);

  it("counts the types, also of actors that are only stored", async () => {
    const { types } = (await kit.get("/api/key-types")).json;

    const rest = { system: "shop", more: false };
    assert.deepEqual(types, [
      { ...rest, type: "cart", defined: true, awake: 0, asleep: 3 },
      { ...rest, type: "gone", defined: false, awake: 0, asleep: 1 },
      { ...rest, type: "room", defined: true, awake: 1, asleep: 0 },
    ]);
  });

  it("lists keys by prefix and state, page by page", async () => {
    const ids = async (query: string) => {
      const { keys, cursor } = (await kit.get(`/api/keys?${query}`)).json;
      return [keys.map(({ id }: { id: string }) => id), cursor];
    };

    assert.deepEqual(await ids("type=cart&prefix=a"), [["cart/alice", "cart/anna"], null]);
    assert.deepEqual(await ids("type=cart&limit=2"), [["cart/alice", "cart/anna"], "2"]);
    assert.deepEqual(await ids("type=cart&limit=2&cursor=2"), [["cart/bob"], null]);
    assert.deepEqual(await ids("type=room&state=asleep"), [[], null]);
    assert.deepEqual(await ids("type=room&prefix=lobby,d&state=awake"), [["room/lobby,de"], null]);
    assert.deepEqual(await ids("type=gone&prefix=a%2Fb&system=shop"), [["gone/a~1b"], null]);
    assert.deepEqual(await ids("type=cart&system=other"), [[], null]);
  });

  it("reads a key by its id, with its slash written either way", async () => {
    for (const id of ["room/lobby,de", "room%2Flobby%2Cde"]) {
      const { status, json } = await kit.get(`/api/keys/${id}`);

      assert.equal(status, 200);
      assert.deepEqual(json.key.key, ["lobby", "de"]);
      assert.equal(json.key.system, "shop");
      assert.deepEqual(json.actor.awake[0].reason, "timer");
      assert.equal(json.start.phases.length, 3);
    }
    assert.equal((await kit.get("/api/keys/gone/a/b")).json.key.id, "gone/a~1b");
  });

  it("redacts the stored state, and shows it only where states are shown", async () => {
    const { json } = await kit.get("/api/keys/cart/alice");
    assert.deepEqual(json.state, { lines: ["lamp"], password: "[redacted]" });

    await using other = await openConsole();
    addKeyViews(other.system, keys);
    const hidden = (await other.get("/api/keys/cart/alice")).json;
    assert.ok(!("state" in hidden));
  });

  it("lists the connections of a key, with secrets in the ids of callers redacted", async () => {
    const secret = "Bearer abcdefghijklmnopqrstuvwxyz";
    keys.connected.push(connectionRow("c1", { callerId: secret }), connectionRow("c2"));

    const { json } = await kit.get("/api/connections/room/lobby,de?limit=1");

    assert.deepEqual([json.total, json.connections.length], [2, 1]);
    assert.ok(!JSON.stringify(json).includes("abcdefghijklmnopqrstuvwxyz"));
    const asleep = (await kit.get("/api/connections/cart/alice")).json;
    assert.deepEqual(asleep, { total: 0, connections: [] });
  });

  it("refuses what it cannot answer", async () => {
    const cases: readonly (readonly [string, number, string])[] = [
      ["/api/keys", 400, "ERR_CONSOLE_BAD_REQUEST"],
      ["/api/keys?type=cart&state=dead", 400, "ERR_CONSOLE_BAD_REQUEST"],
      ["/api/keys/nobody", 400, "ERR_CONSOLE_BAD_REQUEST"],
      ["/api/keys/cart/", 400, "ERR_CONSOLE_BAD_REQUEST"],
      ["/api/keys/cart/nobody", 404, "ERR_CONSOLE_NOT_FOUND"],
      ["/api/keys/cart/alice?system=zoo", 404, "ERR_CONSOLE_NOT_FOUND"],
      ["/api/connections/cart", 400, "ERR_CONSOLE_BAD_REQUEST"],
      ["/api/connections/cart/alice?limit=0", 400, "ERR_CONSOLE_BAD_REQUEST"],
      ["/api/connections/cart/nobody", 404, "ERR_CONSOLE_NOT_FOUND"],
    ];
    for (const [path, status, code] of cases) {
      const { json, status: found } = await kit.get(path);
      assert.deepEqual([found, json.error.code], [status, code], path);
    }
    keys.failing = true;
    const paths = ["/api/key-types", "/api/keys?type=cart", "/api/keys/cart/alice"];
    for (const path of [...paths, "/api/connections/cart/alice"]) {
      const { status, json } = await kit.get(path);
      assert.deepEqual([status, json.error.code], [503, "ERR_CONSOLE_STORE"]);
      assert.match(json.error.message, /^ERR_STORE_CLOSED: /);
    }
  });

  it("has no keys in a system without keyed actors", async () => {
    await using other = await openConsole();

    assert.deepEqual((await other.get("/api/key-types")).json, { types: [] });
    assert.deepEqual((await other.get("/api/keys?type=cart")).json, { keys: [], cursor: null });
    assert.equal((await other.get("/api/keys/cart/alice")).status, 404);
  });

  it("performs each action on a key, with a log line", async () => {
    const id = "cart/alice";
    keys.connected.push(connectionRow("c1"));
    const actions = [
      { action: "wake", id },
      { action: "sleep", id, system: "shop" },
      { action: "cancel_schedule", id, scheduleId: "tea" },
      { action: "run_schedule", id, scheduleId: "tea" },
      { action: "requeue", id, queue: "files", messageId: "m0" },
      { action: "close_connection", id, connectionId: "c1" },
      { action: "destroy", id },
    ];
    for (const action of actions) {
      const { status, json } = await act(action);
      const awake = action.action === "wake";
      assert.deepEqual([status, json], [202, { action: action.action, id, awake }]);
    }

    const expected = actions.map(({ id: _id, system: _system, ...what }) => {
      return { ...what, type: "cart", key: "alice" };
    });
    assert.deepEqual(keys.performed, expected);
    const { logs } = (await kit.get("/api/logs?level=info")).json;
    const lines = logs.filter(({ event }: { event: string }) => event === "console.action");
    assert.deepEqual(
      lines.map(({ fields }: { fields: object }) => fields),
      [
        { action: "wake", target_id: id },
        { action: "sleep", target_id: id },
        { action: "cancel_schedule", target_id: id, schedule_id: "tea" },
        { action: "run_schedule", target_id: id, schedule_id: "tea" },
        { action: "requeue", target_id: id, queue: "files", message_id: "m0" },
        { action: "close_connection", target_id: id, connection_id: "c1" },
        { action: "destroy", target_id: id },
      ],
    );
  });

  it("refuses actions on keys that are wrong, fail or have no target", async () => {
    const id = "cart/alice";
    for (const body of [
      { action: "wake", id: "cart" },
      { action: "wake", id, scheduleId: "tea" },
      { action: "cancel_schedule", id },
      { action: "close_connection", id },
      { action: "requeue", id, queue: "files", messageId: 1 },
      { action: "destroy", id, system: 1 },
    ]) {
      const { status, json } = await act(body);
      assert.deepEqual([status, json.error.code], [400, "ERR_CONSOLE_BAD_REQUEST"]);
    }
    assert.equal((await act({ action: "wake", id: "cart/nobody" })).status, 404);
    keys.failing = true;
    const failed = await act({ action: "destroy", id });
    assert.deepEqual([failed.status, failed.json.error.code], [409, "ERR_CONSOLE_ACTION_FAILED"]);
    assert.match(failed.json.error.message, /^ERR_STORE_CLOSED: /);
    assert.deepEqual(keys.performed, []);
  });

  it("performs no action unless actions are allowed", async () => {
    await using shown = await openConsole();
    addKeyViews(shown.system, keys);

    const { status, json } = await shown.post(
      "/api/actions",
      { action: "destroy", id: "cart/alice" },
      HEADER,
    );
    assert.deepEqual([status, json.error.code], [403, "ERR_CONSOLE_ACTIONS_OFF"]);
    assert.deepEqual(keys.performed, []);
  });
});
