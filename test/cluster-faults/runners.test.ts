import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { NatsServer } from "../_support/nats-server.ts";
import { Crew } from "./crew.ts";
import { AWAY_MS, FaultRun, LEASE_MS, RUNNERS } from "./fault-run.ts";

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

/** Resolves when the runner takes actors again. */
async function strike(run: FaultRun, crew: Crew, name: string, blow: Blow): Promise<void> {
  switch (blow) {
    case Blow.Kill:
      run.note(`${blow} of a runner`, name);
      await crew.kill(name);
      await run.answering(); // without it; the start of a process costs more than a takeover
      break;
    case Blow.Pause:
      run.note(`${blow} of a runner`, name);
      crew.pause(name);
      // A real duration: the lease of a real process has to run out.
      await delay(AWAY_MS);
      crew.resume(name);
      return;
    case Blow.Stop:
      // It hands its actors over: there is nothing to recover from.
      run.note(`${blow} of a runner`);
      await crew.stop(name);
  }
  await crew.start(name);
}

describe("runners that fail, on one server", () => {
  it("lose nothing that was acknowledged, do nothing twice, and are replaced in time", async (context) => {
    await using server = await NatsServer.start({ syncAlways: true });
    const servers = server.address;
    await using crew = await Crew.start({ engine: servers, names: RUNNERS, leaseTtlMs: LEASE_MS });
    await using run = new FaultRun(servers, crew);
    await run.answering();

    for (const [at, blow] of BLOWS.entries()) {
      await strike(run, crew, RUNNERS[at % RUNNERS.length] ?? "", blow);
      await run.answering();
    }

    context.diagnostic(await run.finish());
  });
});
