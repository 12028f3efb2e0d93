import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, defineActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";

const echo = defineActor("echo", { handlers: { ping: () => "pong" } });
/** Frames of the caller have another size each time, so that the stack ends elsewhere in the runtime. */
const ALIGNMENTS = 40;

function openSilent() {
  return createSystem({ logger: createLogger({ level: "silent" }), monitor: false });
}

/** Calls `call` once from the deepest frame that has room for it. */
function callAtTheEnd(call: () => void, padding: readonly number[]): void {
  let done = false;
  const descend = (...frame: readonly number[]): void => {
    try {
      descend(...frame);
    } catch {
      // The stack has ended; the frames above try in turn.
    }
    if (done) return;
    try {
      call();
      done = true;
    } catch {
      // No room yet.
    }
  };
  descend(...padding);
}

describe("a message sent where the stack ends", () => {
  it("leaves the system able to handle later ones", async () => {
    for (let alignment = 0; alignment < ALIGNMENTS; alignment += 1) {
      const system = openSilent();
      const ref = system.spawn(echo);
      await ref.ask.ping();

      callAtTheEnd(() => ref.tell.ping(), new Array<number>(alignment).fill(0));

      assert.equal(await ref.with({ timeoutMs: 1_000 }).ask.ping(), "pong");
      await system.shutdown();
    }
  });

  it("leaves it able to where waking the dispatcher throws", async () => {
    const system = openSilent();
    const ref = system.spawn(echo);
    const other = system.spawn(echo);
    await ref.ask.ping();
    const { then } = Promise.prototype;

    // biome-ignore lint/suspicious/noThenProperty: the fault that is tested
    Promise.prototype.then = () => {
      throw new RangeError("Maximum call stack size exceeded");
    };
    try {
      assert.throws(() => ref.tell.ping(), RangeError);
    } finally {
      // biome-ignore lint/suspicious/noThenProperty: see above
      Promise.prototype.then = then;
    }

    assert.equal(await other.with({ timeoutMs: 1_000 }).ask.ping(), "pong");
    assert.equal(await ref.with({ timeoutMs: 1_000 }).ask.ping(), "pong");
    await system.shutdown();
  });
});
