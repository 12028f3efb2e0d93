import { createGateway, type Exposed, expose, type Gateway, unchecked } from "../../src/gateway.ts";
import { defineKeyedActor, event, type MonitoredSystem } from "../../src/index.ts";

const room = defineKeyedActor("room", {
  state: () => ({ lines: [] as string[] }),
  events: { said: event<{ text: string }>(), typing: event<string>() },
  handlers: {
    lines: (c) => c.state.lines,
    say(c, text: string) {
      c.state.lines.push(text);
      c.broadcast("said", { text });
    },
    sleep: (c) => c.sleep(),
  },
});

const exposed: Exposed<"room", unknown> = expose(room, {
  calls: { lines: unchecked, say: unchecked, sleep: unchecked },
});

/** Opens a gateway to rooms that keep what is said. */
export function openChat(system: MonitoredSystem, port = 0): Promise<Gateway> {
  return createGateway(system, { actors: [exposed], port });
}
