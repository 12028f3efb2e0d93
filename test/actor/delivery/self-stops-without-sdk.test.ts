import assert from "node:assert/strict";
import { it } from "node:test";
import { type ActorContext, createSystem, defineActor } from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { expectClosedBooks } from "../../_support/actor-system.ts";
import { codeOf } from "../../_support/actor-waiting.ts";

// No test of this file registers a context manager: only what is on the stack can be told.

type Act = (c: ActorContext<undefined>) => unknown;

it("handlers and hooks that ask or await the stop of their own actor are refused", async () => {
  const codes: Record<string, unknown> = {};
  const system = createSystem({ logger: createLogger({ level: "silent" }) });
  const definition = defineActor("plain", {
    onStart: async (c) => {
      codes["ask in onStart"] = await codeOf(c.self.ask["act"]?.() ?? Promise.resolve());
    },
    onStop: async (c) => {
      codes["stop in onStop"] = await codeOf(c.self.stop());
    },
    handlers: { act: (c, act: Act) => act(c) },
  });
  const ref = system.spawn(definition);

  codes["stop in handler"] = await ref.ask.act((c) => codeOf(c.self.stop()));
  await ref.whenStopped();

  assert.deepEqual(codes, {
    "ask in onStart": "ERR_SELF_ASK",
    "stop in handler": "ERR_SELF_STOP",
    "stop in onStop": "ERR_SELF_STOP",
  });
  await system.shutdown();
  expectClosedBooks(system);
});
