// A chat room: an actor per room, with its last lines and its connections.
import { type Connecting, defineKeyedActor, event, PublicError } from "limelight";
import { expose } from "limelight/gateway";
import { z } from "zod";

export interface Line {
  readonly from: string;
  readonly text: string;
}

const LINES = 200;
const PLACES = 100;

const room = defineKeyedActor("room", {
  state: () => ({ lines: [] as Line[] }),
  events: {
    said: event<Line>(),
    people: event<string[]>(),
    typing: event<string>({ whenSlow: "drop" }), // a client that reads too slowly misses these, and stays connected
  },
  /** Returns the state of the connection, or refuses it. */
  onBeforeConnect(c, { params }: Connecting<{ name: string }>) {
    if (c.connections.size >= PLACES) {
      throw new PublicError("the room is full", { code: "ROOM_FULL", status: 409 });
    }
    return params;
  },
  onConnect: (c) => c.broadcast("people", namesOf(c.connections)),
  onDisconnect: (c) => c.broadcast("people", namesOf(c.connections)),
  handlers: {
    /** All that a page shows, when it opens and after a gap. */
    everything: (c) => ({ lines: c.state.lines, people: namesOf(c.connections) }),
    say(c, text: string) {
      const line = { from: c.connection?.state.name ?? "someone", text };
      c.state.lines = [...c.state.lines, line].slice(-LINES);
      c.broadcast("said", line); // sent once the line is stored
    },
    type(c) {
      const { connection } = c;
      if (connection) c.broadcast("typing", connection.state.name, { except: connection });
    },
  },
});

function namesOf(connections: Iterable<{ readonly state: { readonly name: string } }>): string[] {
  return Array.from(connections, ({ state }) => state.name).toSorted();
}

/** What pages can reach. They import the type of this, and nothing else of the server. */
export const actors = [
  expose(room, {
    params: z.object({ name: z.string().min(1).max(40) }),
    calls: { everything: [], say: [z.string().min(1).max(500)], type: [] },
  }),
];
export const definitions = [room];
