import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ActorConnection, Client } from "../../../src/client.ts";
import { createClient } from "../../../src/client.ts";
import { type Console, createConsole } from "../../../src/console.ts";
import {
  createGateway,
  expose,
  type Gateway,
  type GatewayOptions,
  unchecked,
} from "../../../src/gateway.ts";
import {
  createSystem,
  defineKeyedActor,
  event,
  type FacetsOf,
  type MonitoredSystem,
} from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { expectBooks } from "../../../src/testing.ts";
import { ask } from "../../_support/console-kit.ts";
import { until } from "../../_support/telemetry-until.ts";

const room = defineKeyedActor("room", {
  state: () => ({ said: 0, left: [] as string[] }),
  events: { said: event<string>(), typing: event<string>() },
  onDisconnect(c, connection, reason) {
    c.state.left.push(`${connection.caller?.id} ${reason}`);
  },
  handlers: {
    say(c, text: string) {
      c.state.said += 1;
      c.broadcast("said", text);
    },
    left: (c) => c.state.left,
    rest: (c) => c.sleep(),
  },
});
const actors = [expose(room, { calls: { say: unchecked, left: [], rest: [] } })] as const;
type Room = FacetsOf<(typeof actors)[0]>;

// biome-ignore lint/suspicious/noExplicitAny: answers of JSON
type Json = any;

describe("the connections of a key, for viewers", () => {
  let system: MonitoredSystem;
  let gateway: Gateway;
  let console: Console;
  const clients: Client<typeof actors>[] = [];

  async function open(options: Partial<GatewayOptions> = {}): Promise<void> {
    system = createSystem({
      name: "hall",
      actors: [room],
      logger: createLogger({ level: "silent" }),
    });
    const auth = { "the-token-of-amy": { id: "amy" }, "the-token-of-bob": { id: "bob" } };
    gateway = await createGateway(system, { actors, port: 0, auth, ...options });
    console = await createConsole(system, { port: 0, allowActions: true });
  }
  beforeEach(() => open({ logCallers: true }));
  const close = async (): Promise<void> => {
    await Promise.all(clients.splice(0).map((client) => client.$close()));
    await console.close();
    await gateway.close();
    await system.shutdown();
    expectBooks(system);
  };
  afterEach(close);

  async function connect(name: string): Promise<ActorConnection<Room>> {
    const client = createClient<typeof actors>(gateway.url ?? "", {
      token: `the-token-of-${name}`,
    });
    clients.push(client);
    const connection = client.room.get("lobby").connect();
    connection.on("said", () => {});
    await connection.ready();
    return connection;
  }

  const request = (path: string, body?: object) =>
    ask(console.port, path, {
      headers: {
        authorization: `Bearer ${console.token}`,
        "content-type": "application/json",
        "x-limelight-action": "1",
      },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
  const list = async (query = ""): Promise<Json> =>
    (await request(`/api/connections/room/lobby${query}`)).json;
  const rowOfRoom = () => system.monitor.snapshot().actors.find(({ type }) => type === "room");

  it("are counted in the row of the actor, which changes with them", async () => {
    await system.get(room, "lobby").ask.left();
    const { sequence } = system.monitor.snapshot();
    assert.ok(!("connections" in (rowOfRoom()?.keyed ?? {})), "omitted without any");
    const amy = await connect("amy");
    await connect("bob");

    const { actors: changed } = system.monitor.snapshot({ since: sequence });
    const keyed = changed[0]?.keyed;
    await amy.close();
    await until(() => rowOfRoom()?.keyed?.connections === 1, "the end of a connection");

    assert.equal(keyed?.connections, 2);
    const reasons = keyed?.awake.map(({ reason, count }) => [reason, count]);
    assert.deepEqual(reasons, [["connection", 2]]);
  });

  it("are listed with what their gateway knows, oldest first, and bounded", async () => {
    const fromMs = Date.now();
    const amy = await connect("amy");
    const bob = await connect("bob");
    const heard = Promise.all([amy.once("said"), bob.once("said")]);
    await system.get(room, "lobby").ask.say("hello");
    await heard;
    const listed = await list();

    assert.equal(listed.total, 2);
    const [first, second] = listed.connections;
    assert.match(first.id, /^[\w-]{22}$/);
    assert.ok(first.openedAtMs >= fromMs - 1 && first.receivedAtMs >= fromMs - 1);
    const { id, openedAtMs, receivedAtMs, ...rest } = first;
    assert.deepEqual(rest, {
      callerId: "amy",
      resumed: false,
      events: ["said"],
      sent: 1,
      dropped: 0,
      bufferedBytes: 0,
    });
    assert.equal(second.callerId, "bob");
    const bounded = await list("?limit=1");
    assert.deepEqual([bounded.total, bounded.connections.length], [2, 1]);
    assert.ok(!JSON.stringify(listed).includes("token-of"));
  });

  it("do not name callers of a gateway without logCallers", async () => {
    await close();
    await open();
    await connect("amy");

    const { connections } = await list();

    assert.deepEqual([connections.length, connections[0].callerId], [1, null]);
    assert.ok(!JSON.stringify(connections).includes("amy"));
  });

  it("are none of a key that sleeps, which is not woken, and 404 of one that does not exist", async () => {
    await system.get(room, "lobby").ask.left();
    await system.get(room, "lobby").sleep();
    const { started } = system.books();

    assert.deepEqual(await list(), { total: 0, connections: [] });
    const { status, json } = await request("/api/connections/room/attic");

    assert.deepEqual([status, json.error.code], [404, "ERR_CONSOLE_NOT_FOUND"]);
    assert.equal(system.books().started, started);
  });

  it("are closed one at a time: the client is told, and does not come back", async () => {
    const amy = await connect("amy");
    const bob = await connect("bob");
    const { connections } = await list();
    const action = {
      action: "close_connection",
      id: "room/lobby",
      connectionId: connections[0].id,
    };

    const done = await request("/api/actions", action);
    await until(() => amy.status === "closed", "the end of the connection");
    const again = await request("/api/actions", action);

    assert.deepEqual(
      [done.status, done.json],
      [202, { action: "close_connection", id: "room/lobby", awake: true }],
    );
    assert.deepEqual(
      [amy.error?.code, amy.error?.message],
      ["ERR_DISCONNECTED", "closed by an operator"],
    );
    assert.equal(bob.status, "connected");
    assert.equal((await list()).total, 1);
    assert.deepEqual([again.status, again.json.error.code], [404, "ERR_CONSOLE_NOT_FOUND"]);
    assert.deepEqual(await system.get(room, "lobby").ask.left(), ["amy actor"]);
  });

  it("are not closed by an action on a key that sleeps, which is not woken", async () => {
    await system.get(room, "lobby").ask.left();
    await system.get(room, "lobby").sleep();
    const { started } = system.books();

    const action = { action: "close_connection", id: "room/lobby", connectionId: "x" };
    const { status } = await request("/api/actions", action);

    assert.equal(status, 404);
    assert.equal(system.books().started, started);
  });

  it("are closed after what was sent before", async () => {
    const amy = await connect("amy");
    const seen: unknown[] = [];
    amy.on("said", (text) => seen.push(text));
    amy.onStatus((status) => seen.push(status));
    const { connections } = await list();

    const said = system.get(room, "lobby").ask.say("last words");
    const action = {
      action: "close_connection",
      id: "room/lobby",
      connectionId: connections[0].id,
    };
    await request("/api/actions", action);
    await said;
    await until(() => amy.status === "closed", "the end of the connection");

    assert.deepEqual(seen, ["last words", "closed"]);
  });
});
