import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { WebSocket as NodeWebSocket } from "ws";
import { z } from "zod";
import { createPlatformClient } from "../../src/client/create-client.ts";
import type { ActorConnection, Client, ClientOptions } from "../../src/client.ts";
import { createGateway, expose, type Gateway, unchecked } from "../../src/gateway.ts";
import {
  type Connecting,
  createSystem,
  defineKeyedActor,
  event,
  type FacetsOf,
  type MonitoredSystem,
  openSqliteStore,
  PublicError,
} from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { expectBooks, ManualClock } from "../../src/testing.ts";
import { manualPlatform, rejection } from "../_support/client-world.ts";
import { until } from "../_support/scripted-gateway.ts";

const room = defineKeyedActor("room", {
  state: () => ({ lines: [] as string[] }),
  events: { said: event<string>(), greeted: event<string>() },
  replay: { events: 3 },
  onBeforeConnect(_c, { params }: Connecting<{ name: string } | undefined>) {
    const { name = "?" } = params ?? {};
    if (name === "banned") throw new PublicError("no", { code: "BANNED", data: { until: 7 } });
    return { name };
  },
  onConnect(_c, connection) {
    if (connection.state.name === "bob") connection.send("greeted", "hello bob");
  },
  handlers: {
    lines: (c) => c.state.lines,
    say(c, text: string) {
      c.state.lines.push(text);
      c.broadcast("said", text);
      return c.state.lines.length;
    },
    people: (c) => c.connections.size,
    kick: (c, why: string) => c.connection?.close(why),
    rest: (c) => c.sleep(),
    end: (c) => c.destroy(),
  },
});
const actors = [
  expose(room, {
    calls: { lines: [], say: unchecked, people: [], kick: unchecked, rest: [], end: [] },
    params: z.object({ name: z.string() }).optional(),
  }),
] as const;
type Seen = FacetsOf<(typeof actors)[0]>;

/** A gateway over TCP, and clients whose sockets can be cut. */
class SocketWorld implements AsyncDisposable {
  readonly #directory: string = mkdtempSync(join(tmpdir(), "limelight-client-"));
  readonly clock: ManualClock = new ManualClock();
  readonly reported: unknown[] = [];
  readonly sockets: NodeWebSocket[] = [];
  readonly #clients: Client<typeof actors>[] = [];
  system!: MonitoredSystem;
  gateway!: Gateway;

  static async open(): Promise<SocketWorld> {
    const world = new SocketWorld();
    await world.start(0);
    return world;
  }

  async start(port: number): Promise<void> {
    const logger = createLogger({ level: "silent" });
    const store = await openSqliteStore({ directory: this.#directory });
    this.system = createSystem({ actors: [room], store, logger });
    this.gateway = await createGateway(this.system, { actors, port });
  }

  /** Ends the process, as far as clients can see, and starts the next one on the same port. */
  async restart(): Promise<void> {
    const { port = 0 } = this.gateway;
    await this.gateway.close();
    await this.system.shutdown();
    expectBooks(this.system);
    await this.start(port);
  }

  client(options: ClientOptions = {}): Client<typeof actors> {
    const { sockets } = this;
    class CutSocket extends NodeWebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    }
    const platform = manualPlatform(this.clock, (error) => void this.reported.push(error));
    const client = createPlatformClient<typeof actors>(platform, this.gateway.url ?? "", {
      WebSocket: CutSocket as never,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** Moves the time of clients until `condition` holds. */
  async passUntil(condition: () => boolean, what: string): Promise<void> {
    let turns = 0;
    await until(() => {
      turns += 1;
      if (turns % 50 === 0) void this.clock.advance(25);
      return condition();
    }, what);
  }

  cut(): void {
    this.sockets.at(-1)?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.$close()));
    await this.gateway.close();
    await this.system.shutdown();
    rmSync(this.#directory, { recursive: true });
    expectBooks(this.system);
    assert.deepEqual(this.reported, []);
  }
}

/** Records events and resyncs. */
function record(connection: ActorConnection<Seen>): unknown[] {
  const seen: unknown[] = [];
  connection.on("said", (text) => seen.push(text));
  connection.on("greeted", (text) => seen.push(text));
  connection.onResync(({ reason, missed }) => seen.push([reason, missed]));
  return seen;
}

describe("connections of the client to a gateway", () => {
  it("get events and replies in the order of the actor", async () => {
    await using world = await SocketWorld.open();
    const lobby = world
      .client()
      .room.get("lobby")
      .connect({ params: { name: "bob" } });
    const seen = record(lobby);

    await lobby.ready();
    for (const text of ["a", "b"]) void lobby.ask.say(text).then((count) => seen.push(count));
    await lobby.tell.say("c");
    assert.deepEqual(await lobby.ask.lines(), ["a", "b", "c"]);

    assert.deepEqual(seen, [["first", undefined], "hello bob", "a", 1, "b", 2, "c"]);
  });

  it("share one socket, also two to one actor", async () => {
    await using world = await SocketWorld.open();
    const client = world.client();
    const first = client.room.get("lobby").connect({ params: { name: "bob" } });
    const second = client.room.get("lobby").connect();
    const [one, two] = [record(first), record(second)];
    await Promise.all([first.ready(), second.ready()]);

    assert.equal(await first.ask.people(), 2);
    await second.ask.say("a");
    await first.ask.lines();
    await second.close();
    await until(() => one.length === 3, "the event");

    assert.equal(await first.ask.people(), 1);
    assert.deepEqual(one, [["first", undefined], "hello bob", "a"]);
    assert.deepEqual(two, [["first", undefined], "a"]);
    assert.equal(world.sockets.length, 1);
  });

  it("that are refused say why", async () => {
    await using world = await SocketWorld.open();
    const lobby = world
      .client()
      .room.get("lobby")
      .connect({ params: { name: "banned" } });

    const error = await rejection(lobby.ready());

    assert.deepEqual([error.code, error.outcome, error.data], ["BANNED", "failed", { until: 7 }]);
    assert.match(error.requestId ?? "", /^[\w-]{8,64}$/);
    assert.equal(lobby.status, "closed");
    assert.equal(await world.client().room.get("lobby").ask.people(), 0);
  });

  it("that the actor closes do not come back", async () => {
    await using world = await SocketWorld.open();
    const lobby = world.client().room.get("lobby").connect();
    await lobby.ready();

    await lobby.ask.kick("enough");
    await until(() => lobby.status === "closed", "the end");

    assert.match(lobby.error?.message ?? "", /enough/);
  });

  it("of a destroyed actor do not come back; connecting again creates it anew", async () => {
    await using world = await SocketWorld.open();
    const handle = world.client().room.get("lobby");
    const lobby = handle.connect();
    await lobby.ask.say("a");

    await lobby.tell.end();
    await until(() => lobby.status === "closed", "the end");
    assert.equal(lobby.error?.code, "ERR_ACTOR_DESTROYED");
    const again = handle.connect();
    assert.deepEqual(await again.ask.lines(), []);
  });
});

describe("a gap", () => {
  it("is filled after a socket was lost: no event is missing, and none comes twice", async () => {
    await using world = await SocketWorld.open();
    const client = world.client();
    const lobby = client.room.get("lobby").connect();
    const seen = record(lobby);
    await lobby.ask.say("a");

    world.cut();
    await until(() => lobby.status === "reconnecting", "the loss");
    await client.room.get("lobby").ask.say("b");
    await client.room.get("lobby").ask.say("c");
    await world.passUntil(() => lobby.status === "connected", "the reconnect");
    await lobby.ask.say("d");

    assert.deepEqual(seen, [["first", undefined], "a", "b", "c", "d"]);
  });

  it("that is too long is told, with the number of events", async () => {
    await using world = await SocketWorld.open();
    const client = world.client();
    const lobby = client.room.get("lobby").connect();
    const seen = record(lobby);
    await lobby.ask.say("a");

    world.cut();
    await until(() => lobby.status === "reconnecting", "the loss");
    for (const text of ["b", "c", "d", "e"]) await client.room.get("lobby").ask.say(text);
    await world.passUntil(() => lobby.status === "connected", "the reconnect");
    await lobby.ask.say("f");

    assert.deepEqual(seen, [["first", undefined], "a", ["events_lost", 4], "f"]);
  });

  it("is none when the actor sleeps: its connections come back and wake it", async () => {
    await using world = await SocketWorld.open();
    const client = world.client();
    const lobby = client.room.get("lobby").connect();
    const seen = record(lobby);
    await lobby.ask.say("a");

    await lobby.tell.rest();
    await until(() => lobby.status === "reconnecting", "the end");
    await world.passUntil(() => lobby.status === "connected", "the return");
    await lobby.ask.say("b");

    assert.deepEqual(seen, [["first", undefined], "a", "b"]);
    assert.equal(world.sockets.length, 1);
  });

  it("is none when the process stops in order, and the next one takes over", async () => {
    await using world = await SocketWorld.open();
    const lobby = world.client().room.get("lobby").connect();
    const seen = record(lobby);
    const statuses: string[] = [];
    lobby.onStatus((status) => statuses.push(status));
    await lobby.ask.say("a");

    await world.restart();
    assert.equal(lobby.status, "reconnecting");
    const call = lobby.with({ idempotent: true }).ask.lines();
    await world.passUntil(() => lobby.status === "connected", "the next process");
    assert.deepEqual(await call, ["a"]);
    await lobby.ask.say("b");

    assert.deepEqual(seen, [["first", undefined], "a", "b"]);
    assert.deepEqual([...new Set(statuses)], ["connected", "reconnecting"]);
  });
});
