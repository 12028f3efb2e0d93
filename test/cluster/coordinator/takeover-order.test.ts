import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { TakeoverOrder } from "../../../src/cluster/coordinator/takeover-order.ts";
import { CoordinatorWorld, type Node } from "../../_support/coordinator-world.ts";
import type { EngineCall, Fate } from "../../_support/crashing-session.ts";
import type { ModelRunner } from "../../_support/model-runner.ts";

/** More than a takeover deals with at a time. */
const ACTORS = 600;
const WAIT_MS = 60_000;

const addressOf = (at: number): string => `cart.k${at}`;

interface Loss {
  readonly world: CoordinatorWorld;
  readonly node: Node;
  readonly lost: ModelRunner;
  readonly next: ModelRunner;
}

/** Actors that all run on one of two runners, which is killed then. */
async function loseRunner(world: CoordinatorWorld): Promise<Loss> {
  const node = await world.leader();
  const lost = await world.runner("r-1");
  const addresses = Array.from({ length: ACTORS }, (_, at) => addressOf(at));
  await Promise.all(addresses.map((address) => world.place(address, { waitMs: WAIT_MS })));
  await world.until(() => lost.size === ACTORS);
  await lost.deafen();
  const next = await world.runner("r-2");
  await world.clock.advance(world.timings.heartbeatMs);
  await lost.kill();
  return { world, node, lost, next };
}

/** Addresses of the placements that were written since a call, in order. */
function writtenSince({ node }: Loss, first: number): readonly string[] {
  return node.session.calls
    .slice(first)
    .filter(({ name }) => name === "placements.put")
    .map(({ what }) => what);
}

/** Has what is begun last until it is let go. */
class Hold {
  readonly #let = new Deferred<Fate>();
  /** Calls that wait. */
  held = 0;

  get fate(): Promise<Fate> {
    this.held += 1;
    return this.#let.promise;
  }

  end(): void {
    this.#let.resolve("works");
  }
}

const isWrite = ({ name }: EngineCall): boolean => name === "placements.put";

describe("the takeover of a runner", () => {
  it("waits with no actor that is asked for until it is known what the runner has left", async () => {
    await using world = await CoordinatorWorld.open();
    const loss = await loseRunner(world);
    const { session } = loss.node;
    const first = session.calls.length;
    const reading = new Hold();
    session.fateOf = ({ name }) => {
      return name === "commands.read" && reading.held === 0 ? reading.fate : "works";
    };
    await world.until(() => reading.held === 1);

    const answer = await world.place(addressOf(ACTORS - 1), { waitMs: WAIT_MS });
    const data = { dueAtMs: 1, id: "s" };
    await world.signal(addressOf(ACTORS - 2), { signal: "wake", data, waitMs: WAIT_MS });

    assert.equal(answer.kind === "placed" && answer.runnerId, "r-2");
    const written = new Set(writtenSince(loss, first));
    assert.deepEqual([...written], [addressOf(ACTORS - 1), addressOf(ACTORS - 2)]);
    reading.end();
    await world.until(() => loss.next.size === ACTORS);
  });

  it("has an actor that is asked for wait for none of those that it is busy with", async () => {
    await using world = await CoordinatorWorld.open();
    const loss = await loseRunner(world);
    const { session } = loss.node;
    const asked = addressOf(ACTORS - 1);
    const writing = new Hold();
    session.fateOf = (call) => (isWrite(call) && call.what !== asked ? writing.fate : "works");
    await world.until(() => writing.held > 0);

    const answer = await world.place(asked, { waitMs: WAIT_MS });

    assert.equal(answer.kind === "placed" && answer.runnerId, "r-2");
    assert.ok(writing.held < ACTORS - 1, "nothing is bounded");
    writing.end();
    await world.until(() => loss.next.size === ACTORS);
    const placed = loss.node.observer.of("placed").filter(([{ reason }]) => reason !== "wanted");
    assert.equal(placed.length, ACTORS, "some were placed twice");
  });

  it("begins with actors that have been asked for before the runner was known to be lost", async () => {
    await using world = await CoordinatorWorld.open();
    const loss = await loseRunner(world);
    const { session } = loss.node;
    const first = session.calls.length;
    const asked = [addressOf(ACTORS - 1), addressOf(ACTORS - 5)];
    const notAt = { runnerId: "r-1", generation: 1 };
    let isLost = false;
    session.fateOf = ({ name }) => {
      isLost ||= name === "runners.put";
      return name === "bus.request" && !isLost ? held.fate : "works";
    };
    const held = new Hold();
    const answers = asked.map((address) => world.place(address, { waitMs: WAIT_MS, notAt }));

    await Promise.all(answers);
    held.end();
    await world.until(() => loss.next.size === ACTORS);

    const written = [...new Set(writtenSince(loss, first))];
    assert.deepEqual(written.slice(0, asked.length).toSorted(), asked.toSorted());
  });

  it("tries again what could not be placed in a hurry", async () => {
    await using world = await CoordinatorWorld.open();
    const loss = await loseRunner(world);
    const { session } = loss.node;
    const asked = addressOf(ACTORS - 1);
    let failures = 0;
    session.fateOf = ({ name, what }) => {
      if (name !== "commands.read" || what !== "r-1" || failures === 2) return "works";
      failures += 1;
      return "lost";
    };
    await world.until(() => failures > 0);

    const answer = await world.place(asked, { waitMs: WAIT_MS });

    assert.equal(answer.kind === "placed" && answer.runnerId, "r-2");
    await world.until(() => loss.next.size === ACTORS);
  });
});

describe("the order of a takeover", () => {
  it("gives each actor one turn, and the next one to those that are urgent", async () => {
    const worked: string[] = [];
    const busy = new Deferred<void>();
    const order = new TakeoverOrder(async (address) => {
      worked.push(address);
      await busy.promise;
    });
    const turns = order.turns(["a", "b", "c", "d"]);
    assert.equal(turns.next().value, "a");

    for (let at = 0; at < 64; at += 1) order.hurry(`u${at}`);
    order.hurry("a");
    order.hurry("c");
    order.hurry("c");

    assert.equal(worked.length, 64);
    assert.deepEqual([...turns], ["c", "b", "d"]);
    const idle = order.idle().then(() => worked.length);
    busy.resolve();
    assert.equal(await idle, 64);
  });
});
