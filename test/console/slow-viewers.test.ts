import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRef, defineActor } from "../../src/index.ts";
import { ManualClock } from "../../src/testing.ts";
import { openConsole, StreamViewer } from "../_support/console-kit.ts";
import { usedBytes } from "../_support/used-memory.ts";

const VIEWERS = 50;
const MIB = 1_024 * 1_024;

interface Messages {
  add(c: unknown, by: number): number;
}

const counter = defineActor("counter", { handlers: { add: (_c, by: number) => by } });

/** A system whose actors all change between two frames, so that each of them is large. */
async function openBusy(actors: number) {
  const clock = new ManualClock();
  const kit = await openConsole({ clock });
  const refs = Array.from(
    { length: actors },
    () => kit.system.spawn(counter) as ActorRef<Messages>,
  );
  const change = async (): Promise<void> => {
    await Promise.all(refs.map((ref) => ref.ask.add(1)));
  };
  await change();
  const tick = async (): Promise<void> => {
    await change();
    await clock.advance(250);
  };
  return { kit, clock, tick };
}

describe("50 viewers that do not read", () => {
  it("cost one frame, not a queue each, and get the latest state when they read again", async () => {
    const { kit, tick } = await openBusy(2_000);
    await using _kit = kit;
    const slow = await Promise.all(
      Array.from({ length: VIEWERS }, () => StreamViewer.open(kit.console, "?rate=4")),
    );
    for (const viewer of slow) viewer.pause();
    await using quick = await StreamViewer.open(kit.console, "?rate=4");
    quick.reads = false;
    const { bytes } = await quick.event(0);
    let turn = 0;
    const turns = async (count: number): Promise<void> => {
      for (const end = turn + count; turn < end; ) {
        await tick();
        turn += 1;
        await quick.event(turn); // who reads gets every frame
      }
    };

    await turns(25); // until sockets are full, and so is what is kept for those who come back
    const before = usedBytes();
    await turns(25);
    const growth = usedBytes() - before;

    const queued = 25 * VIEWERS * bytes;
    assert.ok(queued > 500 * MIB, "a queue would show");
    assert.ok(growth < 16 * MIB, `${Math.round(growth / MIB)} MiB more`);
    const [viewer, ...others] = slow;
    assert.ok(viewer !== undefined);
    for (const other of others) await other[Symbol.asyncDispose]();
    viewer.resume();
    while (!viewer.events.some(({ frame }, at) => at > 0 && frame.full)) await turns(1);
    const at = viewer.events.findIndex(({ frame }, index) => index > 0 && frame.full);
    assert.ok(at < 25, `${at} frames were waiting in its socket, the others are gone`);
    assert.equal(viewer.events[at]?.frame.snapshots[0]?.actors.length, 2_000);
    await viewer[Symbol.asyncDispose]();
  });

  it("are sent away when they have taken nothing for a minute", async () => {
    const { kit, clock, tick } = await openBusy(2_000);
    await using _kit = kit;
    await using viewer = await StreamViewer.open(kit.console, "?rate=4");
    await viewer.event(0);
    viewer.pause();
    for (let turn = 1; turn <= 30; turn += 1) await tick();
    assert.equal((await kit.get("/api/summary")).json.viewers, 1);
    await clock.advance(80_000);
    while ((await kit.get("/api/summary")).json.viewers > 0);
    viewer.resume();
    await viewer.closed;
  });
});
