import assert from "node:assert/strict";
import { it } from "node:test";
import {
  type Caller,
  type Connecting,
  type Connection,
  DisconnectReason,
  defineKeyedActor,
  event,
  type FacetsOf,
  type KeyedDefinition,
  PublicError,
  queue,
  type ReplyOf,
} from "../../src/index.ts";
import { expectType, type Same } from "../_support/telemetry-types.ts";

interface Line {
  readonly from: string;
  readonly text: string;
}

/** Compiled, never run: every directive marks an error that has to stay one. */
export function hooks(): void {
  defineKeyedActor("room", {
    state: () => ({ banned: [] as string[] }),
    vars: () => ({ joined: 0 }),
    events: { said: event<Line>(), typing: event<Line>({ whenSlow: "drop" }), ended: event() },
    replay: { events: 10 },
    onBeforeConnect(c, { params, caller, requestId }: Connecting<{ name: string }>) {
      expectType<Same<typeof caller, Caller | undefined>>();
      expectType<Same<typeof requestId, string>>();
      expectType<Same<typeof c.vars, { joined: number }>>();
      if (c.state.banned.includes(params.name)) {
        throw new PublicError("you are banned", { code: "BANNED", status: 403 });
      }
      return { name: params.name };
    },
    onConnect(c, connection) {
      expectType<Same<typeof connection.state, { name: string }>>();
      c.vars.joined += c.connections.size;
      const sent: boolean = connection.send("said", { from: "room", text: "welcome" });
      // @ts-expect-error: a wrong body
      connection.send("said", { from: "room" });
      // @ts-expect-error: the state is not the hook's to replace
      connection.state = { name: "b" };
      return sent;
    },
    onDisconnect(_c, connection, reason) {
      expectType<Same<typeof reason, DisconnectReason>>();
      return reason === DisconnectReason.Client && connection.state.name;
    },
    onRequest: async (_c, request) => new Response(request.url),
    handlers: {
      say(c, text: string) {
        const from = c.connection?.state.name ?? "?";
        expectType<Same<typeof c.requestId, string | undefined>>();
        c.broadcast("said", { from, text });
        c.broadcast("ended");
        c.broadcast("typing", { from, text }, { except: c.connection });
        c.broadcast("ended", undefined, { where: ({ state }) => state.name === from });
        for (const { id } of c.connections) c.connections.get(id)?.close("over");
        // @ts-expect-error: a wrong body
        c.broadcast("said", text);
        // @ts-expect-error: a missing body
        c.broadcast("said");
        // @ts-expect-error: no such event
        c.broadcast("unsaid");
      },
    },
  });
}

/** Compiled, never run. */
export function withoutConnections(): void {
  defineKeyedActor("quiet", {
    onBeforeConnect() {}, // refuses nothing and returns no state
    onConnect(_c, connection) {
      expectType<Same<typeof connection.state, void>>();
    },
    handlers: {
      f(c) {
        expectType<
          Same<typeof c.connection, Connection<Readonly<Record<never, never>>, void> | undefined>
        >();
        // @ts-expect-error: there are no events
        c.broadcast("said");
      },
    },
  });
  // @ts-expect-error: a request is answered with a response
  defineKeyedActor("wrong", { onRequest: () => "text", handlers: {} });
  // @ts-expect-error: an unknown policy
  event({ whenSlow: "wait" });
  // @ts-expect-error: events are made by `event`
  defineKeyedActor("wrong", { events: { said: "text" }, handlers: {} });
}

/** Compiled, never run. */
export function facets(): void {
  const chat = defineKeyedActor("chat", {
    state: (input: { readonly topic: string }) => ({ ...input }),
    events: { said: event<Line>() },
    queues: { imports: queue<string, number>() },
    onBeforeConnect: (_c, { params }: Connecting<{ name: string }>) => params,
    handlers: { say: (_c, text: string) => text.length },
  });
  const seen = {} as FacetsOf<typeof chat>;
  expectType<Same<typeof chat.type, "chat">>();
  expectType<Same<ReplyOf<ReturnType<typeof seen.messages.say>>, number>>();
  expectType<Same<typeof seen.params, { name: string }>>();
  expectType<Same<typeof seen.input, { readonly topic: string }>>();
  expectType<Same<keyof typeof seen.events, "said">>();
  expectType<Same<keyof typeof seen.queues, "imports">>();
  const general: KeyedDefinition<
    string,
    { readonly topic: string },
    typeof seen.messages,
    typeof seen.queues,
    "reject",
    typeof seen.events,
    { name: string }
  > = chat;
  void general;
}

/** Compiled, never run: the types are inferred also where no other function is written in between. */
export function inferredAbove(): void {
  defineKeyedActor("counting", {
    vars: (_c) => 5,
    handlers: { add: (c, by: number) => c.vars + by },
  });
  defineKeyedActor("greeting", {
    onBeforeConnect: (_c, { params }: Connecting<{ name: string }>) => params,
    handlers: { greet: (c, text: string) => `${text} ${c.connection?.state.name}` },
  });
  defineKeyedActor("declared", {
    messages: {} as { add(by: number): number },
    vars: (c) => c.key.length,
    handlers: { add: (c, by) => c.vars + by },
  });
}

it("connections, events and what others see are typed: tsc has compiled this file", () => {
  for (const each of [hooks, withoutConnections, facets, inferredAbove])
    assert.equal(typeof each, "function");
});
