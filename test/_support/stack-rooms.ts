import { createClient } from "../../src/client.ts";
import { createGateway, expose, type Gateway, unchecked } from "../../src/gateway.ts";
import { defineKeyedActor, event, type MonitoredSystem } from "../../src/index.ts";

const room = defineKeyedActor("room", {
  state: () => ({ lines: 0 }),
  events: { said: event<string>() },
  handlers: {
    say(c, text: string) {
      c.state.lines += 1;
      c.broadcast("said", text);
      return c.state.lines;
    },
    boom() {
      throw new Error("no such room");
    },
  },
});
const actors = [expose(room, { calls: { say: unchecked, boom: [] } })];
const TOKEN = "token-of-a-visitor";
/** With it, the function `auth` throws. */
const BROKEN = "token-that-breaks-auth";
/** A place among events that the room has never published. */
const NOWHERE = { id: "x", at: "x", d: 0 };

/** Opens a gateway to rooms; a socket that sends more than 20 frames per second pauses. */
export function openRooms(system: MonitoredSystem): Promise<Gateway> {
  return createGateway(system, {
    actors,
    port: 0,
    limits: { framesPerSecond: 20, authFailuresPerMinute: 1_000 },
    auth: ({ token }) => {
      if (token === BROKEN) throw new Error("the directory is down");
      return token === TOKEN ? { id: "visitor" } : undefined;
    },
  });
}

/** Says something over HTTP and through a socket, and leaves. */
export async function visit({ url = "" }: Gateway): Promise<void> {
  const client = createClient<typeof actors>(url, { token: TOKEN });
  const hall = client.room.get("hall");
  const connection = hall.connect();
  const heard = connection.once("said");
  await connection.ready();
  await hall.ask.say("over HTTP");
  await heard;
  await connection.ask.say("through a socket");
  await connection.close();
  await client.$close();
}

/** Is refused, fails, floods and comes back from nowhere. */
export async function misbehave({ url = "" }: Gateway): Promise<void> {
  await Promise.allSettled([
    post(url, "say", "wrong"),
    post(url, "say", BROKEN),
    post(url, "boom"),
  ]);
  const socket = new WebSocket(`${url.replace("http", "ws")}/connect`, ["limelight"]);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
  const send = (message: object): void => socket.send(JSON.stringify(message));
  send({ t: "hello", v: [1], token: TOKEN });
  send({ t: "open", c: 1, type: "room", key: ["hall"], sub: ["said"], last: NOWHERE });
  const ask = (i: number): void => send({ t: "ask", c: 1, i, m: "boom", a: [] });
  ask(1);
  for (let n = 1; n <= 30; n += 1) send({ t: "ping", n });
  ask(2);
  socket.addEventListener("message", ({ data }) => {
    if (String(data).includes('"i":2')) socket.close();
  });
  await closed;
}

function post(url: string, message: string, token = TOKEN): Promise<Response> {
  return fetch(`${url}/actors/room/hall/ask/${message}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(message === "say" ? ["text"] : []),
  });
}
