import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { type Client, createClient } from "../../../src/client.ts";
import { createGateway, expose, type Gateway, unchecked } from "../../../src/gateway.ts";
import { defineKeyedActor, event, PublicError } from "../../../src/index.ts";
import { until } from "../../_support/actor-waiting.ts";
import { ClusterWorld, type WorldNode } from "../../_support/cluster-world.ts";

const room = defineKeyedActor("room", {
  state: () => ({ lines: [] as string[] }),
  events: { said: event<{ text: string }>(), whispered: event<string>() },
  replay: { events: 100 },
  onBeforeConnect(_c, { params }) {
    const { name } = (params ?? {}) as { readonly name?: string };
    if (name === "nobody") throw new PublicError("you may not enter", { code: "NOT_WELCOME" });
    return { name };
  },
  handlers: {
    say(c, text: string) {
      c.state.lines.push(text);
      c.broadcast("said", { text });
    },
    whisper(c, text: string) {
      for (const connection of c.connections) connection.send("whispered", text);
    },
    close(c) {
      for (const connection of c.connections) connection.close("enough");
    },
    where: (c) => c.system.name,
    present: (c) => c.connections.size,
    sleep: (c) => c.sleep(),
  },
});
const actors = [
  expose(room, {
    calls: {
      say: unchecked,
      whisper: unchecked,
      close: unchecked,
      where: unchecked,
      present: unchecked,
      sleep: unchecked,
    },
    params: z.object({ name: z.string() }).optional(),
  }),
];
type Chat = Client<typeof actors>;

interface Rooms extends AsyncDisposable {
  readonly world: ClusterWorld;
  readonly a: WorldNode;
  readonly b: WorldNode;
  /** Clients of the gateways of `a` and `b`. */
  readonly clients: readonly [Chat, Chat];
  /** Key of a room on `b`. */
  readonly far: string;
}

async function openRooms(): Promise<Rooms> {
  const world = await ClusterWorld.open();
  const a = await world.add("a", { actors: [room] });
  const b = await world.add("b", { actors: [room] });
  const gateways: Gateway[] = [];
  for (const { system } of [a, b]) {
    gateways.push(await createGateway(system, { actors, port: 0 }));
  }
  const [one, two] = gateways.map(({ url = "" }) => createClient<typeof actors>(url));
  assert.ok(one !== undefined && two !== undefined);
  const clients = [one, two] as const;
  let far = "";
  for (let at = 0; far === ""; at += 1) {
    const place = await a.system.get(room, `r${at}`).ask.where();
    if (place === "b") far = `r${at}`;
  }
  return {
    world,
    a,
    b,
    clients,
    far,
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.$close();
      for (const gateway of gateways) await gateway.close();
      await world[Symbol.asyncDispose]();
    },
  };
}

describe("connections to actors of other processes", () => {
  it("get broadcasts wherever they are held, in order", async () => {
    await using rooms = await openRooms();
    const heard: string[][] = [[], [], []];
    const connections = [rooms.clients[0], rooms.clients[0], rooms.clients[1]].map((client, at) => {
      const connection = client.room.get(rooms.far).connect();
      connection.on("said", ({ text }) => heard[at]?.push(text));
      return connection;
    });
    await until(() => connections.every(({ status }) => status === "connected"));
    const texts = Array.from({ length: 200 }, (_, at) => `line ${at}`);
    for (const text of texts) await rooms.a.system.get(room, rooms.far).ask.say(text);

    await until(() => heard.every((lines) => lines.length === texts.length));
    assert.deepEqual(heard, [texts, texts, texts]);
    assert.equal(await rooms.a.system.get(room, rooms.far).ask.present(), 3);
  });

  it("get events for them alone", async () => {
    await using rooms = await openRooms();
    const heard: string[] = [];
    const connection = rooms.clients[0].room.get(rooms.far).connect();
    connection.on("whispered", (text) => heard.push(text));
    await until(() => connection.status === "connected");
    await rooms.b.system.get(room, rooms.far).ask.whisper("psst");

    await until(() => heard.length === 1);
    assert.deepEqual(heard, ["psst"]);
  });

  it("are refused as hooks decide, and end as the actor decides", async () => {
    await using rooms = await openRooms();
    const refused = rooms.clients[0].room.get(rooms.far).connect({ params: { name: "nobody" } });
    const connection = rooms.clients[0].room.get(rooms.far).connect();
    await until(() => connection.status === "connected" && refused.status === "closed");
    await rooms.b.system.get(room, rooms.far).ask.close();
    await until(() => connection.status === "closed");

    assert.equal(await rooms.b.system.get(room, rooms.far).ask.present(), 0);
  });

  it("end there when their clients close them", async () => {
    await using rooms = await openRooms();
    const connection = rooms.clients[0].room.get(rooms.far).connect();
    await until(() => connection.status === "connected");
    await connection.close();
    let present = 1;
    await until(() => {
      void rooms.b.system
        .get(room, rooms.far)
        .ask.present()
        .then((size) => {
          present = size;
        });
      return present === 0;
    });
  });

  it("continue, and miss nothing, when the actor sleeps or moves", async () => {
    await using rooms = await openRooms();
    const heard: string[] = [];
    let resyncs = 0;
    const connection = rooms.clients[0].room.get(rooms.far).connect();
    connection.on("said", ({ text }) => heard.push(text));
    connection.onResync(() => {
      resyncs += 1;
    });
    await until(() => connection.status === "connected");
    const ref = rooms.a.system.get(room, rooms.far);
    await ref.ask.say("one");
    await until(() => heard.length === 1);
    await rooms.clients[1].$close();
    await rooms.world.end(rooms.b);
    await until(() => connection.status === "connected");
    await ref.ask.say("two");
    await until(() => heard.length >= 2);

    assert.equal(await ref.ask.where(), "a");
    assert.deepEqual(heard, ["one", "two"]);
    assert.equal(resyncs, 1, "for the first connect alone");
  });
});
