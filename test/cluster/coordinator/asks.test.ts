import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CoordinatorWorld, type Node } from "../../_support/coordinator-world.ts";
import type { ModelRunner } from "../../_support/model-runner.ts";

const ACTORS = 40;
const addressOf = (at: number): string => `cart.${at % ACTORS}`;

/** How often a coordinator has asked a runner. */
function asksOf({ session }: Node, runnerId: string): number {
  return session.calls.filter(
    ({ name, what }) => name === "bus.request" && what === `control.${runnerId}`,
  ).length;
}

/** Has all actors placed on one runner. */
async function placeAll(world: CoordinatorWorld): Promise<void> {
  for (let at = 0; at < ACTORS; at += 1) await world.place(addressOf(at));
  for (let at = 0; at < ACTORS; at += 1) await world.untilStatus(addressOf(at), "running");
}

/** Sends requests that say that actors were not found where they are placed. Waits for all answers. */
async function doubt(world: CoordinatorWorld, runner: ModelRunner, times: number): Promise<void> {
  const notAt = { runnerId: runner.runnerId, generation: 1 };
  const answers = Array.from({ length: times }, (_, at) =>
    world.place(addressOf(at), { notAt, waitMs: 5_000, from: "client" }),
  );
  await world.settled(Promise.all(answers));
}

describe("a runner that does not answer the coordinator", () => {
  it("is asked ever less often, however many messages do not find their actors there", async () => {
    await using world = await CoordinatorWorld.open();
    const node = await world.leader();
    const runner = await world.runner("r-1");
    await placeAll(world);
    runner.behaviour.isAnswering = false;

    const startMs = world.clock.monotonicMs();
    let requests = 0;
    while (world.clock.monotonicMs() - startMs < 30_000) {
      await doubt(world, runner, ACTORS);
      requests += ACTORS;
      await world.clock.advance(500);
    }

    const asks = asksOf(node, "r-1");
    assert.ok(requests > 500, `${requests} requests`);
    // The first are sent together; then one at a time, each 2 s without an answer and then up to 5 s of silence.
    assert.ok(asks >= 16 + 3 && asks <= 16 + 12, `${asks} questions`);
  });

  it("is believed again with its next answer", async () => {
    await using world = await CoordinatorWorld.open();
    const node = await world.leader();
    const runner = await world.runner("r-1");
    await placeAll(world);
    runner.behaviour.isAnswering = false;
    await doubt(world, runner, ACTORS);
    runner.behaviour.isAnswering = true;
    for (let at = 0; at < ACTORS; at += 1) runner.actors.delete(addressOf(at));
    await world.clock.advance(5_000);

    await doubt(world, runner, ACTORS);

    await world.until(() => runner.size === ACTORS);
    assert.equal(asksOf(node, "r-1"), 16 + ACTORS);
  });
});
