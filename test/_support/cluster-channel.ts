import type { EventDefinition } from "../../src/activation/definition/event-types.ts";
import type { Facets } from "../../src/activation/definition/facets.ts";
import { type Exposed, expose, unchecked } from "../../src/gateway.ts";
import {
  defineKeyedActor,
  event,
  type KeyedDefinition,
  type MessageHandlers,
} from "../../src/index.ts";

/** One event of a channel. They are numbered from 1 on, also across activations. */
export interface Said {
  readonly number: number;
  readonly text: string;
}

type ChannelMessages = {
  /** Sends an event to all that listen, and returns its number. */
  say(text: string): number;
  /** The system that the channel is in. */
  where(): string;
  /** How many connections it has. */
  listeners(): number;
};
type ChannelEvents = { readonly said: EventDefinition<Said> };

/** Numbers its events, so that whoever listens knows whether one is missing. */
export const channel: KeyedDefinition<
  "channel",
  undefined,
  MessageHandlers<ChannelMessages>,
  object,
  "reject",
  ChannelEvents
> = defineKeyedActor("channel", {
  messages: {} as ChannelMessages,
  state: (): { last: number } => ({ last: 0 }),
  events: { said: event<Said>() },
  replay: { events: 10_000, bytes: 16_777_216 },
  handlers: {
    say(c, text) {
      c.state.last += 1;
      c.broadcast("said", { number: c.state.last, text });
      return c.state.last;
    },
    where: (c) => c.system.name,
    listeners: (c) => c.connections.size,
  },
});

const CALLS = { say: unchecked, where: unchecked, listeners: unchecked } as const;

export const exposedChannel: Exposed<
  "channel",
  Facets<MessageHandlers<ChannelMessages>, object, ChannelEvents, undefined, undefined>
> = expose(channel, { calls: CALLS });
