import assert from "node:assert/strict";
import { it } from "node:test";
import { type ActorRow, defineActor, snapshot } from "../../../src/index.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { puppet } from "../../_support/monitor-actors.ts";

it("a snapshot shows links and watches, and a restart that is put off, which is not stuck", async () => {
  await using open = openManualSystem();
  const other = open.system.spawn(puppet);
  const flaky = defineActor("flaky", {
    stuckAfterMs: 300,
    restart: { backoff: { initialMs: 10_000, maxMs: 10_000, jitter: 0 } },
    onTerminated: () => {},
    handlers: {
      tie(c) {
        c.link(other);
        c.watch(other);
      },
      fail() {
        throw new Error("no");
      },
    },
  });
  const a = open.system.spawn(flaky);
  await a.ask.tie();
  const read = (): ActorRow | undefined =>
    snapshot(open.system).actors.find(({ id }) => id === a.id);

  const tied = read()?.supervision;
  assert.deepEqual([tied?.links, tied?.watches, tied?.backingOff], [[other.id], [other.id], false]);
  a.tell.fail();
  await open.clock.advance(2_000);

  const waiting = read();
  assert.deepEqual([waiting?.state, waiting?.busy], ["restarting", null]);
  assert.equal(waiting?.supervision.backingOff, true);
  assert.deepEqual(snapshot(open.system).stuck, []);
  await open.clock.advance(10_000);
  const back = read();
  assert.deepEqual([back?.state, back?.life, back?.supervision.backingOff], ["running", 2, false]);
});
