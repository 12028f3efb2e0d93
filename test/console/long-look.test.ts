import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRef, defineActor } from "../../src/index.ts";
import { ManualClock } from "../../src/testing.ts";
import { openConsole, StreamViewer } from "../_support/console-kit.ts";
import { usedBytes } from "../_support/used-memory.ts";

const FRAMES = 1_800; // at one in two seconds
const MIB = 1_024 * 1_024;

interface Messages {
  work(c: unknown): void;
}

const worker = defineActor("worker", { handlers: { work: (c) => c.log.info("worked") } });

describe("an hour in which somebody looks", () => {
  it("takes no more memory than its first minutes, while actors come and go", async () => {
    const clock = new ManualClock();
    await using kit = await openConsole({ clock, system: { clock }, logBytes: 64 * 1_024 });
    await using viewer = await StreamViewer.open(kit.console, "?rate=0.5");
    viewer.reads = false;
    await viewer.event(0);
    let frame = 0;
    const frames = async (count: number): Promise<void> => {
      for (const end = frame + count; frame < end; ) {
        const refs = [1, 2, 3].map(() => kit.system.spawn(worker) as ActorRef<Messages>);
        await Promise.all(refs.map((ref) => ref.ask.work()));
        for (const ref of refs) ref.kill();
        await clock.advance(2_000);
        frame += 1;
        await viewer.event(frame);
      }
    };
    await frames(FRAMES / 12);
    const before = usedBytes();
    await frames(FRAMES - FRAMES / 12);
    const growth = usedBytes() - before;

    assert.ok(growth < 4 * MIB, `${growth} bytes more`);
    const { systems, rings } = (await kit.get("/api/summary")).json;
    assert.equal(systems[0].totals.stopped, 3 * FRAMES);
    assert.ok(rings.logs.bytes <= 64 * 1_024 && rings.logs.dropped > 0);
    const { snapshots } = (await kit.get("/api/actors")).json;
    assert.ok(snapshots[0].actors.length <= 3 * 4, "graves are cleared");
  });
});
