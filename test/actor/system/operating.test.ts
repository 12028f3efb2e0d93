import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CellRef } from "../../../src/actor/delivery/cell-ref.ts";
import { restartOnRequest } from "../../../src/actor/system/operating.ts";
import { type ActorRef, defineActor } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { Gate, settleTurns } from "../../_support/actor-waiting.ts";

function restart(ref: ActorRef<object>): void {
  const cell = CellRef.cellOf(ref);
  assert.ok(cell !== undefined);
  restartOnRequest(cell);
}

/** Counts its lives; each start and each handler waits at its gate. */
function defineGated(gates: { readonly start?: Gate; readonly stop?: Gate; readonly work?: Gate }) {
  let lives = 0;
  return defineActor("gated", {
    state: () => {
      lives += 1;
    },
    onStart: () => gates.start?.opened,
    onStop: () => gates.stop?.opened,
    handlers: { lives: () => lives, work: () => gates.work?.opened },
  });
}

describe("a restart on request", () => {
  it("of an actor that starts anyway gives no further life", async () => {
    await using open = openSystem();
    const start = new Gate();
    const ref = open.system.spawn(defineGated({ start }));

    restart(ref);
    start.open();

    assert.equal(await ref.ask.lives(), 1);
  });

  it("of an actor that restarts already gives no further life", async () => {
    await using open = openSystem();
    const stop = new Gate();
    const ref = open.system.spawn(defineGated({ stop }));
    await ref.whenReady();

    restart(ref);
    await settleTurns();
    restart(ref);
    stop.open();

    assert.equal(await ref.ask.lives(), 2);
  });

  it("does not replace one that a sibling's failure has ordered", async () => {
    await using open = openSystem();
    const work = new Gate();
    const worker = defineGated({ work });
    const fragile = defineActor("fragile", {
      handlers: {
        fail() {
          throw new Error("no");
        },
        ping: () => "pong",
      },
    });
    const parent = defineActor("parent", {
      supervision: { strategy: "one_for_all" },
      handlers: { family: (c) => ({ old: c.spawnChild(worker), young: c.spawnChild(fragile) }) },
    });
    const { old, young } = await open.system.spawn(parent).ask.family();
    const busy = old.ask.work();
    await settleTurns();
    young.tell.fail();
    await settleTurns();

    restart(old);
    work.open();
    await busy;

    assert.equal(await young.ask.ping(), "pong"); // it begins after the older one's restart
    assert.equal(await old.ask.lives(), 2);
  });
});
