import assert from "node:assert/strict";
import { it } from "node:test";
import {
  type ActorRef,
  type ActorSystem,
  type DelegatedReply,
  defineActor,
} from "../../src/index.ts";
import { expectType, type Same } from "../_support/telemetry-types.ts";

const back = defineActor("back", {
  handlers: {
    length: (_c, text: string) => text.length,
    half: async (_c, value: number) => (value % 2 === 0 ? value / 2 : undefined),
  },
});

const front = defineActor("front", {
  state: (to: ActorRef<typeof back.options.handlers>) => ({ to }),
  handlers: {
    length: (c, text: string) => c.forward(c.state.to).length(text),
    half: async (c, value: number) => c.forward(c.state.to).half(value),
    either: (c, text: string) => (text === "" ? "empty" : c.forward(c.state.to).length(text)),
    later: (c) => c.delegateReply<Date>(),
    aside(c) {
      c.delegateReply<Date>().resolve(new Date(0));
    },
    wrong(c) {
      // @ts-expect-error: a wrong argument
      c.forward(c.state.to).length(1);
      // @ts-expect-error: an unknown message
      c.forward(c.state.to).width("a");
      // @ts-expect-error: a wrong value
      c.delegateReply<Date>().resolve("today");
      // @ts-expect-error: not a ref
      c.forward("back");
    },
  },
});

/** Compiled, never run: every directive marks an error that has to stay one. */
export async function replies(system: ActorSystem): Promise<void> {
  const ref = system.spawn(front, { input: system.spawn(back) });
  const length = await ref.ask.length("abc");
  expectType<Same<typeof length, number>>();
  const half = await ref.ask.half(4);
  expectType<Same<typeof half, number | undefined>>();
  const either = await ref.ask.either("abc");
  expectType<Same<typeof either, number | "empty">>();
  const later = await ref.ask.later();
  expectType<Same<typeof later, Date>>();
  const aside = await ref.ask.aside();
  expectType<Same<typeof aside, void>>();
  const chain = defineActor("chain", {
    handlers: { length: (c, text: string) => c.forward(ref).length(text) },
  });
  const chained = await system.spawn(chain).ask.length("abc");
  expectType<Same<typeof chained, number>>();
  // @ts-expect-error: a reply is made by `c.delegateReply` only
  const made: DelegatedReply<number> = { awaited: true, resolve: () => true, reject: () => true };
  void made;
}

it("types of replies are checked by the compiler", () => assert.ok(replies));
