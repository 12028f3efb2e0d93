import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { it } from "node:test";
import { createClient } from "../../src/client.ts";

/** The part of a connection to a room that is used here; the types of the example are those of the built package. */
interface Room {
  readonly ask: Readonly<Record<"everything" | "say", (text?: string) => Promise<unknown>>>;
  on(event: string, listener: (body: unknown) => void): unknown;
}
interface Rooms {
  readonly room: {
    get(key: string): { connect(options: { params: { name: string } }): Room };
  };
}

const SERVER = join(import.meta.dirname, "../../examples/chat/server.ts");

it("examples/chat serves its page, and brings what one person says to another", async () => {
  const child = spawn(process.execPath, [SERVER], {
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout);
  let url = "";
  while (url === "") {
    const [line] = (await once(lines, "line")) as [string];
    [url = ""] = /http:\/\/[\d.:]+/.exec(line) ?? [];
  }

  const page = await (await fetch(url)).text();
  const script = await (await fetch(`${url}/page.js`)).text();
  assert.match(page, /<script type="module" src="\/page.js">/);
  assert.match(script, /is typing/);

  const enter = (name: string): [Room, () => Promise<void>] => {
    const client = createClient<readonly []>(`${url}/api`);
    const { room } = client as unknown as Rooms;
    return [room.get("lobby").connect({ params: { name } }), () => client.$close()];
  };
  const [[alice, closeAlice], [bob, closeBob]] = [enter("alice"), enter("bob")];
  const heard = Promise.withResolvers<unknown>();
  bob.on("said", heard.resolve);
  await Promise.all([alice.ask.everything(), bob.ask.everything()]);
  assert.deepEqual(await bob.ask.everything(), { lines: [], people: ["alice", "bob"] });
  await alice.ask.say("hello");
  assert.deepEqual(await heard.promise, { from: "alice", text: "hello" });
  await Promise.all([closeAlice(), closeBob()]);

  child.kill();
  assert.deepEqual(await once(child, "exit"), [null, "SIGTERM"]);
});
