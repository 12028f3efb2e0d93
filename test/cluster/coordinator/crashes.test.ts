import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CoordinatorWorld } from "../../_support/coordinator-world.ts";
import type { Fate } from "../../_support/crashing-session.ts";
import type { ModelRunner } from "../../_support/model-runner.ts";

/*
 * A story with most of what a coordinator does, told while one of its calls fails. Whatever fails, the end is the same:
 * each actor that has to run does so, once, on a runner that lives; what was signalled has happened; nothing is left over.
 */

const KEYS = ["cart.a", "cart.b", "cart.c", "cart.d"];

interface Told {
  readonly world: CoordinatorWorld;
  readonly living: readonly ModelRunner[];
  readonly lost: ModelRunner;
}

/** Places until the coordinator, whichever node it is, has answered. */
async function ensure(world: CoordinatorWorld, address: string): Promise<void> {
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    try {
      const answer = await world.place(address, { waitMs: 5_000 });
      if (answer.kind === "placed") return;
    } catch {
      // There is no coordinator, or it has not answered.
    }
    await world.clock.advance(500);
  }
  throw new Error(`${address} was never placed`);
}

async function signal(
  world: CoordinatorWorld,
  address: string,
  name: "wake" | "destroy",
): Promise<void> {
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    try {
      const answer = await world.signal(address, { signal: name, waitMs: 5_000 });
      if (answer.kind === "signalled") return;
    } catch {
      // As above.
    }
    await world.clock.advance(500);
  }
  throw new Error(`${address} was never signalled`);
}

/** Tells the story. `inject` decides about each call of the first coordinator. */
async function tell(world: CoordinatorWorld): Promise<Told> {
  const lost = await world.runner("r-1");
  const draining = await world.runner("r-2");
  for (const address of KEYS) await ensure(world, address);
  const last = await world.runner("r-3");
  await lost.deafen(); // what it is told from here on, it does not do
  for (const address of KEYS) await signal(world, address, "wake");
  await lost.kill();
  await draining.set("draining");
  await signal(world, "cart.d", "destroy");
  return { world, living: [last, draining], lost };
}

async function requireEnd({ world, living, lost }: Told): Promise<void> {
  const [last] = living;
  const rest = KEYS.slice(0, 3);
  // `destroy` may have met an activation of `cart.d` that has been started again for another reason.
  await world.until(
    async () => {
      const records = await Promise.all(rest.map((address) => world.record(address)));
      return records.every((record) => record?.status === "running" && record.runnerId === "r-3");
    },
    240_000,
    250,
  );
  await world.until(
    async () => {
      const record = await world.record("cart.d");
      return (
        record?.status === "asleep" || (record?.status === "running" && record.runnerId === "r-3")
      );
    },
    240_000,
    250,
  );
  for (const address of rest) {
    const record = await world.record(address);
    const actor = last?.actors.get(address);
    assert.deepEqual([actor?.isRunning, actor?.generation], [true, record?.generation], address);
    const woken = living.flatMap(({ applied }) => applied).concat(lost.applied);
    const wakes = woken.filter(
      ({ signal: name, checkpoint }) => name === "wake" && checkpoint.address === address,
    );
    assert.ok(wakes.length >= 1, `${address} was never woken`);
  }
  const destroyed = living
    .flatMap(({ applied }) => applied)
    .concat(lost.applied)
    .filter(({ signal: name }) => name === "destroy");
  assert.ok(destroyed.length >= 1, "cart.d was never destroyed");
  await world.until(
    async () => {
      const events = await world.client.events.state();
      const commands = await world.client.commands.state();
      return events.messages === 0 && commands.messages === 0;
    },
    240_000,
    250,
  );
  assert.equal((await world.client.deadLetters.state()).messages, 0);
}

/** Number of calls that the story takes if nothing fails. */
async function countCalls(): Promise<number> {
  await using world = await CoordinatorWorld.open();
  const { session } = await world.leader();
  const before = session.calls.length;
  await requireEnd(await tell(world));
  return session.calls.length - before;
}

async function tellWith(fate: Fate, at: number): Promise<void> {
  await using world = await CoordinatorWorld.open();
  const { session } = await world.leader();
  const second = await world.node("node-2");
  second.coordinator.start();
  const before = session.calls.length;
  session.fateOf = ({ number }) => (number === before + at ? fate : "works");
  const told = await tell(world);
  session.fateOf = () => "works";
  await requireEnd(told);
}

describe("the end is the same", () => {
  it("when nothing fails", async () => {
    assert.ok((await countCalls()) > 40);
  });

  for (const fate of ["crash", "lost", "unanswered"] as const) {
    it(`whichever call is ${fate}`, async () => {
      const calls = await countCalls();
      for (let at = 1; at <= calls; at += 1) {
        try {
          await tellWith(fate, at);
        } catch (error) {
          throw new Error(`call ${at} of ${calls} was ${fate}`, { cause: error });
        }
      }
    });
  }
});
