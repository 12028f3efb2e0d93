import assert from "node:assert/strict";
import { it } from "node:test";
import { defineKeyedActor, event } from "../../../src/index.ts";
import { openKeyed } from "../../_support/keyed.ts";

const room = defineKeyedActor("room", {
  events: { said: event<string>() },
  handlers: {
    look: (c) => [
      c.connections.size,
      [...c.connections],
      c.connections.get("a"),
      c.connection,
      c.caller,
      c.requestId,
    ],
    say: (c, text: string) => c.broadcast("said", text),
    mumble: (c, name: string) => c.broadcast(name as "said", "text"),
  },
});

it("an actor without connections has none, and broadcasts to none", async () => {
  await using open = openKeyed();
  const ref = open.system.get(room, "lobby");

  assert.deepEqual(await ref.ask.look(), [0, [], undefined, undefined, undefined, undefined]);
  assert.equal(await ref.ask.say("hello"), undefined);
  for (const name of ["unsaid", "toString", "__proto__"]) {
    await assert.rejects(ref.ask.mumble(name), { code: "ERR_INVALID_OPTION" });
  }
});
