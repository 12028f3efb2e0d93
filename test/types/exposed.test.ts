import assert from "node:assert/strict";
import { it } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { expose, unchecked } from "../../src/gateway.ts";
import {
  type Connecting,
  defineKeyedActor,
  event,
  type FacetsOf,
  type QueueDefinition,
  queue,
} from "../../src/index.ts";
import { expectType, type Same } from "../_support/telemetry-types.ts";

/** Compiled, never run: every directive marks an error that has to stay one. */
export function calls(): void {
  const plain = defineKeyedActor("plain", {
    handlers: { f: (_c, n: number, s?: string) => `${n}${s}`, g: (_c, n: number) => n },
  });
  const declared = defineKeyedActor("declared", {
    messages: {} as { f(n: number): string; g(): void },
    handlers: { f: (_c, n) => `${n}`, g() {} },
  });

  expose(plain, { calls: { f: [z.number(), z.string().optional()], g: [z.int().positive()] } });
  expose(plain, { calls: { g: [v.pipe(v.number(), v.minValue(1))] } });
  expose(plain, { calls: { g: [type("number > 0")], f: unchecked } });
  expose(plain, {});
  expose(declared, { calls: { f: [z.number()], g: [] }, create: true });
  // @ts-expect-error: a schema of another type
  expose(plain, { calls: { g: [z.string()] } });
  // @ts-expect-error: a missing schema
  expose(plain, { calls: { g: [] } });
  // @ts-expect-error: one schema too many
  expose(plain, { calls: { g: [z.number(), z.number()] } });
  // @ts-expect-error: a message without schemas
  expose(declared, { calls: { f: [] } });
  // @ts-expect-error: no such message
  expose(plain, { calls: { h: [] } });
  // @ts-expect-error: a schema that changes the type
  expose(plain, { calls: { g: [z.string().transform(Number)] } });
  // @ts-expect-error: no such option
  expose(plain, { call: {} });
  // @ts-expect-error: a method that never reaches an actor
  expose(plain, { requests: ["TRACE"] });
  // @ts-expect-error: no definition
  expose({ type: "plain" }, {});
}

/** Compiled, never run. */
export function values(): void {
  const room = defineKeyedActor("room", {
    state: (input: { readonly topic: string }) => input,
    queues: { files: queue<{ path: string }, number>() },
    events: { said: event<string>() },
    onBeforeConnect: (_c, { params }: Connecting<{ name: string }>) => params,
    handlers: { say: (c, text: string) => c.broadcast("said", text), audit: (c) => c.state },
  });
  const params = z.object({ name: z.string() });
  const input = z.object({ topic: z.string() });
  const files = z.object({ path: z.string() });

  const exposed = expose(room, {
    params,
    input,
    queues: { files },
    calls: { say: [z.string()] },
    allow({ kind, name, key, caller }) {
      expectType<
        Same<typeof kind, "ask" | "tell" | "send" | "connect" | "subscribe" | "request">
      >();
      return name !== "" && key[0] === caller?.id;
    },
  });
  type Seen = FacetsOf<typeof exposed>;
  expectType<Same<typeof exposed.type, "room">>();
  expectType<Same<keyof Seen["messages"], "say">>();
  expectType<Same<Seen["queues"], { files: QueueDefinition<{ path: string }, number> }>>();
  expectType<Same<Seen["params"], { name: string }>>();
  expectType<Same<Seen["input"], { readonly topic: string }>>();
  expectType<Same<keyof Seen["events"], "said">>();
  expose(room, { queues: { files: unchecked } });
  // @ts-expect-error: `params` of another type
  expose(room, { params: z.object({ name: z.number() }) });
  // @ts-expect-error: an input of another type
  expose(room, { input: files });
  // @ts-expect-error: messages of another type
  expose(room, { queues: { files: input } });
  // @ts-expect-error: no such queue
  expose(room, { queues: { images: files } });
}

it("what is exposed is typed: tsc has compiled this file", () => {
  for (const each of [calls, values]) assert.equal(typeof each, "function");
});
