import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { ManualClock } from "../../src/testing.ts";
import { type ConsoleKit, openConsole, StreamViewer } from "../_support/console-kit.ts";
import { until } from "../_support/telemetry-until.ts";

const counter = defineActor("counter", {
  state: () => ({ count: 0 }),
  handlers: {
    add(c, by: number) {
      c.state.count += by;
      c.log.info({ by }, "added");
      return c.state.count;
    },
  },
});

interface ManualKit extends ConsoleKit {
  readonly clock: ManualClock;
}

async function openManual(options: { maxViewers?: number } = {}): Promise<ManualKit> {
  const clock = new ManualClock();
  const kit = await openConsole({ clock, system: { clock, name: "main" }, ...options });
  return {
    ...kit,
    clock,
    async [Symbol.asyncDispose]() {
      await kit.console.close();
      const down = kit.system.shutdown();
      await clock.advance(20_000);
      await down;
      await kit[Symbol.asyncDispose]();
    },
  };
}

const ids = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id).toSorted();

describe("GET /api/events", () => {
  it("begins with everything, goes on with what has changed", async () => {
    await using kit = await openManual();
    const [one, two] = [kit.system.spawn(counter), kit.system.spawn(counter)];
    await Promise.all([one.ask.add(1), two.ask.add(1)]);
    await using viewer = await StreamViewer.open(kit.console, "?rate=4");

    const first = await viewer.event(0);
    assert.ok(first.frame.full);
    assert.equal(first.id, first.frame.sequence);
    assert.deepEqual(ids(first.frame.snapshots[0]?.actors ?? []), ids([one, two]));
    assert.equal(first.frame.logs.length, 4);

    await one.ask.add(1);
    await kit.clock.advance(250);
    const second = await viewer.event(1);
    assert.equal(second.frame.full, false);
    assert.ok(second.id > first.id);
    assert.deepEqual(ids(second.frame.snapshots[0]?.actors ?? []), [one.id]);
    assert.equal(second.frame.snapshots[0]?.since, first.frame.snapshots[0]?.sequence);
    assert.deepEqual(
      second.frame.logs.map(({ msg, sequence }) => [msg, sequence]),
      [["added", 5]],
    );
  });

  it("has as many frames a second as asked for, rounded down to what is offered", async () => {
    await using kit = await openManual();
    await using fast = await StreamViewer.open(kit.console, "?rate=4");
    await using slow = await StreamViewer.open(kit.console, "?rate=1.9");
    await Promise.all([fast.event(0), slow.event(0)]);

    for (let quarter = 0; quarter < 8; quarter += 1) await kit.clock.advance(250);
    await Promise.all([fast.event(8), slow.event(2)]);
    assert.deepEqual([fast.events.length, slow.events.length], [9, 3]);
  });

  it("makes one frame for all who look equally often", async () => {
    await using kit = await openManual();
    kit.system.spawn(counter);
    let snapshots = 0;
    const { monitor } = kit.system;
    const snapshot = monitor.snapshot.bind(monitor);
    monitor.snapshot = (options) => {
      snapshots += 1;
      return snapshot(options);
    };
    const viewers = await Promise.all(
      Array.from({ length: 10 }, () => StreamViewer.open(kit.console, "?rate=4")),
    );
    await Promise.all(viewers.map((viewer) => viewer.event(0)));
    const before = snapshots;
    await kit.clock.advance(1_000);
    const last = await Promise.all(viewers.map((viewer) => viewer.event(4)));

    assert.equal(snapshots - before, 4);
    assert.equal(new Set(last.map(({ id }) => id)).size, 1);
    for (const viewer of viewers) await viewer[Symbol.asyncDispose]();
  });

  it("gives those who come back what they have missed, by header or address", async () => {
    await using kit = await openManual();
    const ref = kit.system.spawn(counter);
    await using watching = await StreamViewer.open(kit.console, "?rate=4");
    const first = await watching.event(0);
    for (let turn = 1; turn <= 3; turn += 1) {
      await ref.ask.add(1);
      await kit.clock.advance(250);
      await watching.event(turn);
    }

    const header = { "last-event-id": String(first.id) };
    await using byHeader = await StreamViewer.open(kit.console, "?rate=4", header);
    await using byAddress = await StreamViewer.open(kit.console, `?rate=4&last=${first.id}`);
    for (const viewer of [byHeader, byAddress]) {
      await viewer.event(2);
      const missed = watching.events.slice(1, 4).map(({ id }) => id);
      assert.deepEqual(
        viewer.events.map(({ id }) => id),
        missed,
      );
      assert.ok(viewer.events.every(({ frame }) => !frame.full));
    }
  });

  it("goes on without a gap after a pause without a viewer", async () => {
    await using kit = await openManual();
    const ref = kit.system.spawn(counter);
    const before = await StreamViewer.open(kit.console, "?rate=4");
    const { id, frame } = await before.event(0);
    await before[Symbol.asyncDispose]();
    await until(() => kit.clock.backgroundTimers <= 2, "the end of the ticks");
    await ref.ask.add(1);
    await kit.clock.advance(5_000);

    await using viewer = await StreamViewer.open(kit.console, `?rate=4&last=${id}`);
    const next = await viewer.event(0);
    assert.equal(next.frame.full, false);
    assert.equal(next.frame.snapshots[0]?.since, frame.snapshots[0]?.sequence);
    assert.deepEqual(ids(next.frame.snapshots[0]?.actors ?? []), [ref.id]);
    assert.ok(next.frame.logs.some(({ msg }) => msg === "added"));
  });

  it("gives everything to whoever has a number of another process, another rate or too old", async () => {
    await using kit = await openManual();
    await using other = await StreamViewer.open(kit.console, "?rate=1");
    const { id } = await other.event(0);
    for (const last of [1, id, 9_000_000_000_000_000]) {
      await using viewer = await StreamViewer.open(kit.console, `?rate=4&last=${last}`);
      assert.ok((await viewer.event(0)).frame.full, String(last));
    }
    await using first = await StreamViewer.open(kit.console, "?rate=4");
    const old = await first.event(0);
    for (let turn = 1; turn <= 70; turn += 1) {
      await kit.clock.advance(250);
      await first.event(turn);
    }
    await using late = await StreamViewer.open(kit.console, `?rate=4&last=${old.id}`);
    assert.ok((await late.event(0)).frame.full);
  });

  it("tells everything anew when a system comes or goes", async () => {
    const { createConsole } = await import("../../src/console.ts");
    const { createSystem } = await import("../../src/index.ts");
    const clock = new ManualClock();
    const console = await createConsole(undefined, { port: 0, clock });
    await using viewer = await StreamViewer.open(console, "?rate=4");
    await viewer.event(0);
    const system = createSystem({ name: "late" });
    await clock.advance(250);
    const came = await viewer.event(1);
    await system.shutdown();
    await clock.advance(250);
    const left = await viewer.event(2);

    assert.deepEqual([came.frame.full, came.frame.snapshots.length], [true, 1]);
    assert.deepEqual([left.frame.full, left.frame.snapshots.length], [true, 0]);
    await console.close();
  });

  it("refuses a viewer too many, and has room again when one goes", async () => {
    await using kit = await openManual({ maxViewers: 2 });
    await using one = await StreamViewer.open(kit.console);
    const two = await StreamViewer.open(kit.console);
    await Promise.all([one.event(0), two.event(0)]);

    const { status, json, headers } = await kit.get("/api/events");
    assert.deepEqual([status, json.error.code], [503, "ERR_CONSOLE_TOO_MANY_VIEWERS"]);
    assert.match(json.error.message, /^2 viewers are here already/);
    assert.equal(headers["retry-after"], "10");
    await two[Symbol.asyncDispose]();
    const viewers = async () => (await kit.get("/api/summary")).json.viewers;
    while ((await viewers()) !== 1);
    await using three = await StreamViewer.open(kit.console);
    assert.ok((await three.event(0)).frame.full);
  });

  it("shows that it lives while it has nothing to say", async () => {
    await using kit = await openManual();
    await using viewer = await StreamViewer.open(kit.console, "?rate=0.25");
    await viewer.event(0);
    const before = viewer.heartbeats;
    await kit.clock.advance(15_000);
    await viewer.event(3);
    assert.equal(viewer.heartbeats, before + 1);
  });

  it("looks at nothing without a viewer, and a minute later keeps nothing", async () => {
    await using kit = await openManual();
    kit.system.spawn(counter);
    await kit.clock.advance(2_000); // the monitor's own looks have come to rest
    const atRest = kit.clock.backgroundTimers;
    const viewer = await StreamViewer.open(kit.console, "?rate=4");
    const { id, frame } = await viewer.event(0);
    assert.ok(kit.clock.backgroundTimers > atRest);
    await viewer[Symbol.asyncDispose]();
    while ((await kit.get("/api/summary")).json.viewers > 0);
    await kit.clock.advance(130_000);

    assert.equal(kit.clock.backgroundTimers, atRest);
    const since = frame.snapshots[0]?.sequence ?? 0;
    assert.equal(kit.system.monitor.snapshot({ since }).since, null, "the monitor has forgotten");
    await using late = await StreamViewer.open(kit.console, `?rate=4&last=${id}`);
    assert.ok((await late.event(0)).frame.full);
  });

  it("ends with the console", async () => {
    await using kit = await openManual();
    const viewer = await StreamViewer.open(kit.console);
    await viewer.event(0);
    await kit.console.close();
    await viewer.closed;
  });
});
