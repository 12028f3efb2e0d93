import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { PlacementReason } from "../../src/cluster/protocol/placement-record.ts";
import { RunnerStatus } from "../../src/cluster/protocol/runner-record.ts";
import { NatsServer } from "../_support/nats-server.ts";
import { eventually } from "../_support/stack-program.ts";
import { Crew } from "./crew.ts";
import { AWAY_MS, FaultRun, LEASE_MS, RUNNERS } from "./fault-run.ts";
import type { Change, Witness } from "./witness.ts";

const isLost = ({ runner }: Change): boolean => runner?.status === RunnerStatus.Lost;
const isTakenOver = ({ placement }: Change): boolean =>
  placement?.reason === PlacementReason.RunnerLost;
const isOfBurst = ({ placement }: Change): boolean => placement?.address.includes("burst") === true;

/** A cluster, and who coordinates it. */
class Scene {
  readonly run: FaultRun;
  readonly crew: Crew;
  readonly witness: Witness;

  constructor(run: FaultRun, crew: Crew, witness: Witness) {
    this.run = run;
    this.crew = crew;
    this.witness = witness;
  }

  async coordinator(): Promise<string> {
    return await eventually("coordinated", () => this.witness.coordinator());
  }

  /** Kills the coordinator as soon as `when` resolves. Starts it anew when all actors answer again. */
  async killCoordinator(where: string, when: () => Promise<void>): Promise<void> {
    const name = await this.coordinator();
    await when();
    this.run.note(`SIGKILL of the coordinator${where}`, name);
    await this.crew.kill(name);
    await this.run.answering(); // without it; the start of a process costs more than a takeover
    await this.crew.start(name);
  }

  /** Kills a runner, and the coordinator at a point of the takeover. */
  async killInTakeover(isThere: (change: Change) => boolean): Promise<void> {
    const coordinator = await this.coordinator();
    const { witness } = this;
    const others = RUNNERS.filter((name) => name !== coordinator);
    // One that was just started may have no actors.
    const [runner = ""] = others.toSorted((one, other) => witness.load(other) - witness.load(one));
    await this.killCoordinator(" in a takeover", async () => {
      const begun = witness.next("taken over", isThere);
      this.run.note("SIGKILL of a runner");
      await this.crew.kill(runner);
      await begun;
      // Who is left has to wait for the next coordinator.
      this.run.noteAgain("takeover that was broken off", runner);
    });
    await this.crew.start(runner);
    await this.run.answering();
  }

  /** Kills the coordinator as soon as it has placed the first of many new actors. */
  async killInBurst(): Promise<void> {
    let burst: Promise<void> = Promise.resolve();
    await this.killCoordinator(" in a burst", async () => {
      const begun = this.witness.next("placed", isOfBurst);
      burst = this.run.burst();
      await begun;
    });
    await burst;
  }

  /** Pauses the coordinator in a burst until there is another one: then both take themselves for it for a moment. */
  async pause(): Promise<void> {
    const name = await this.coordinator();
    const begun = this.witness.next("placed", isOfBurst);
    const burst = this.run.burst();
    await begun;
    this.run.note("SIGSTOP of the coordinator", name);
    this.crew.pause(name);
    const next = await eventually("coordinated by another one", async () => {
      const now = await this.witness.coordinator();
      return now === name ? undefined : now;
    });
    // A real duration: the lease of its actors has to run out, too.
    await delay(AWAY_MS - LEASE_MS);
    this.crew.resume(name);
    await this.run.answering();
    await burst;
    assert.equal(await this.coordinator(), next, "the old coordinator has taken over again");
  }

  /** Stops one runner after the other in order, and starts it again. No operation fails. */
  async roll(): Promise<void> {
    const before = this.run.failures.length;
    for (const name of RUNNERS) {
      this.run.note("SIGTERM of a runner");
      await this.crew.stop(name);
      await this.crew.start(name);
      await this.run.answering();
    }
    assert.deepEqual(this.run.failures.slice(before), []);
  }
}

describe("coordinators that fail, on one server", () => {
  it("cost nothing that was acknowledged, and no decision", async (context) => {
    await using server = await NatsServer.start({ syncAlways: true });
    const engine = server.address;
    await using crew = await Crew.start({ engine, names: RUNNERS, leaseTtlMs: LEASE_MS });
    await using run = new FaultRun(engine, crew);
    await run.answering();
    const scene = new Scene(run, crew, await run.witness());

    await scene.killCoordinator("", () => Promise.resolve());
    await scene.killInTakeover(isTakenOver);
    await scene.killInBurst();
    await scene.pause();
    await scene.roll();
    await scene.killInTakeover(isLost);
    await scene.killInBurst();
    await scene.pause();
    await scene.roll();

    context.diagnostic(await run.finish());
  });
});
