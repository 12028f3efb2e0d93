import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ClusterProcess } from "../_support/cluster-process.ts";
import { NatsServer } from "../_support/nats-server.ts";
import { AWAY_MS, FaultRun, LEASE_MS } from "./fault-run.ts";

const RUNNERS = ["r1", "r2", "r3", "r4"];

/**
 * What happens to a runner.
 *
 * @enum
 */
const Blow = { Kill: "SIGKILL", Pause: "SIGSTOP", Stop: "SIGTERM" } as const;
type Blow = (typeof Blow)[keyof typeof Blow];
/** One after the other, on one runner after the other; each time the cluster answers again before the next. */
const BLOWS: readonly Blow[] = [
  ...[Blow.Kill, Blow.Pause, Blow.Stop, Blow.Kill],
  ...[Blow.Kill, Blow.Pause, Blow.Stop, Blow.Pause],
];

class Faults {
  readonly runners: ClusterProcess[] = [];
  readonly #servers: string;

  constructor(servers: string) {
    this.#servers = servers;
  }

  async start(name: string): Promise<ClusterProcess> {
    return await ClusterProcess.start(this.#servers, name, LEASE_MS);
  }

  /** Resolves when the runner takes actors again. */
  async strike(run: FaultRun, at: number, blow: Blow): Promise<void> {
    const runner = this.runners[at];
    if (runner === undefined) throw new Error(`there is no runner ${at}`);
    // Who is stopped in order hands its actors over: there is nothing to recover from.
    run.note(blow, blow === Blow.Stop ? undefined : runner.name);
    if (blow === Blow.Pause) {
      runner.pause();
      // A real duration: the lease of a real process has to run out.
      await delay(AWAY_MS);
      runner.resume();
      return;
    }
    if (blow === Blow.Stop) assert.equal(await runner.stop(), "SIGTERM");
    else await runner.kill();
    this.runners[at] = await this.start(runner.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.kill()));
  }
}

describe("runners that fail, on one server", () => {
  it("lose nothing that was acknowledged, do nothing twice, and are replaced in time", async (context) => {
    await using server = await NatsServer.start({ syncAlways: true });
    const servers = `nats://127.0.0.1:${server.port}`;
    await using faults = new Faults(servers);
    faults.runners.push(...(await Promise.all(RUNNERS.map((name) => faults.start(name)))));
    const run = new FaultRun(servers);
    await run.answering();

    for (const [at, blow] of BLOWS.entries()) {
      await faults.strike(run, at % RUNNERS.length, blow);
      await run.answering();
    }

    context.diagnostic(await run.finish());
  });
});
