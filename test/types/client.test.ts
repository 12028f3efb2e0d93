import assert from "node:assert/strict";
import { it } from "node:test";
import { createClient, type GapReason, type Wire } from "../../src/client.ts";
import { expose, unchecked } from "../../src/gateway.ts";
import { type Connecting, defineKeyedActor, event, queue } from "../../src/index.ts";
import { useActor } from "../../src/react.ts";
import { expectType, type Same } from "../_support/telemetry-types.ts";

const room = defineKeyedActor("room", {
  state: (input: { readonly topic: string }) => ({ ...input, lines: [] as string[] }),
  events: { said: event<{ from: string; at: Date }>(), ticked: event() },
  queues: { files: queue<{ path: string }, number>() },
  onBeforeConnect: (_c, { params }: Connecting<{ name: string }>) => params,
  handlers: {
    lines: (c) => c.state.lines,
    say(c, text: string, again?: boolean) {
      c.state.lines.push(`${text}${again}`);
    },
    when: () => ({ at: new Date(0), sizes: new Map<string, number>(), all: [1, "a"] as const }),
    audit: (c) => c.state,
  },
});
const plain = defineKeyedActor("plain", { handlers: { f: async (_c, n: number) => n } });
const actors = [
  expose(room, {
    calls: { lines: [], say: unchecked, when: [] },
    queues: { files: unchecked },
  }),
  expose(plain, { calls: { f: unchecked } }),
] as const;

/** Compiled, never run: every directive marks an error that has to stay one. */
export async function calls(): Promise<void> {
  const client = createClient<typeof actors>("http://127.0.0.1:3000");
  const handle = client.room.get(["lobby", "de"], { input: { topic: "news" } });

  const lines = await handle.ask.lines();
  expectType<Same<typeof lines, readonly string[]>>();
  const said = await handle.with({ idempotent: true }).ask.say("hi");
  expectType<Same<typeof said, undefined>>();
  const told = await handle.tell.say("hi", true);
  expectType<Same<typeof told, void>>();
  const { at, sizes, all } = await handle.ask.when();
  expectType<Same<typeof at, string>>();
  expectType<Same<typeof sizes, never>>();
  expectType<Same<typeof all, readonly [1, "a"]>>();
  const id = await handle.queue.files.send({ path: "a" });
  expectType<Same<typeof id, string>>();
  const size = await handle.queue.files.ask({ path: "a" });
  expectType<Same<typeof size, number>>();
  const number = await client.plain.get("a").ask.f(1);
  expectType<Same<typeof number, number>>();

  // @ts-expect-error: not exposed
  handle.ask.audit();
  // @ts-expect-error: a wrong argument
  handle.ask.say(1);
  // @ts-expect-error: a missing argument
  handle.ask.say();
  // @ts-expect-error: no such type
  client.nothing;
  // @ts-expect-error: a wrong input
  client.room.get("a", { input: { topic: 1 } });
  // @ts-expect-error: a type without an input
  client.plain.get("a", { input: 1 });
  // @ts-expect-error: a wrong body
  handle.queue.files.send({ path: 1 });
  // @ts-expect-error: no such option
  handle.with({ timeout: 1 });
}

/** Compiled, never run. */
export async function connections(): Promise<void> {
  const client = createClient<typeof actors>("http://127.0.0.1:3000");
  const connection = client.room.get("a").connect({ params: { name: "alice" } });
  connection.on("said", ({ from, at }, { position }) => {
    expectType<Same<typeof from, string>>();
    expectType<Same<typeof at, string>>();
    expectType<Same<typeof position, string>>();
  });
  const ticked = await connection.once("ticked");
  expectType<Same<typeof ticked, undefined>>();
  const silent = client.plain.get("a").connect();

  // @ts-expect-error: params are needed
  client.room.get("a").connect();
  // @ts-expect-error: params are needed
  client.room.get("a").connect({});
  // @ts-expect-error: wrong params
  client.room.get("a").connect({ params: { name: 1 } });
  // @ts-expect-error: no such event
  connection.on("nothing", () => undefined);
  // @ts-expect-error: a type without events
  silent.on("said", () => undefined);
}

/** Compiled, never run. */
export function Hooks(): void {
  const client = createClient<typeof actors>("http://127.0.0.1:3000");
  const hook = useActor(client.room, "lobby", { params: { name: "alice" } });
  hook.useEvent("said", ({ from }) => expectType<Same<typeof from, string>>());
  hook.useResync(async ({ reason }) => expectType<Same<typeof reason, GapReason | "first">>());
  useActor(client.plain, undefined);

  // @ts-expect-error: no such event
  hook.useEvent("nothing", () => undefined);
  // @ts-expect-error: params are needed
  useActor(client.room, "lobby");
}

it("compiles; a value after its way through JSON has what JSON has", () => {
  expectType<Same<Wire<unknown>, unknown>>();
  expectType<Same<Wire<{ a?: Date }>, { readonly a?: string | undefined }>>();
  expectType<Same<Wire<bigint | (() => void) | symbol>, never>>();
  expectType<Same<Wire<string[] | undefined>, readonly string[] | undefined>>();

  assert.equal(typeof calls, "function");
});
