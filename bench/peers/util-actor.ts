import { type ActorContext, send, spawn } from "@onflow/util-actor";
import { arrive } from "../arrivals.ts";
import type { Subject } from "../subject.ts";

/** util-actor addresses actors by string, so a handle is an address. */
export function subject(): Subject<string> {
  return {
    spawn: () => spawn(counter),
    tell(to) {
      void send(to, "ADD", { by: 1 });
    },
    // Without a time-out, since each would leave a timer behind that nothing clears.
    ask: (to) => send(to, "GET", null, { expectReply: true, timeout: 0 }),
    serve(to, from) {
      void send(to, "PLAY", { peer: from });
    },
    async stop(actor) {
      await send(actor, "STOP", null, { expectReply: true, timeout: 0 });
    },
  };
}

/** The loop, as its handler table cannot be left: it goes on after EXIT. */
async function counter(c: ActorContext): Promise<void> {
  let count = 0;
  for (;;) {
    const letter = await c.receive();
    switch (letter.tag) {
      case "ADD":
        count += letter.data.by;
        arrive();
        break;
      case "GET":
        letter.reply(count);
        break;
      case "PLAY":
        count += 1;
        if (arrive()) void send(letter.data.peer, "PLAY", { peer: c.self() });
        break;
      case "STOP":
        letter.reply(true);
        return;
    }
  }
}
