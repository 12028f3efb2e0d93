import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { NatsServer } from "../_support/nats-server.ts";
import { Crew } from "./crew.ts";
import { AWAY_MS, FaultRun, LEASE_MS, RUNNERS } from "./fault-run.ts";

/** Shorter than a runner waits before it fences itself. */
const SHORT_MS = 0.3 * LEASE_MS;

/** What happens to the server, and for how long it is away. */
interface Blow {
  readonly signal: "SIGKILL" | "SIGSTOP";
  readonly forMs: number;
}

/** One after the other; each time all actors answer again before the next. */
const BLOWS: readonly Blow[] = [
  { signal: "SIGKILL", forMs: 0 },
  { signal: "SIGSTOP", forMs: SHORT_MS },
  { signal: "SIGSTOP", forMs: AWAY_MS },
  { signal: "SIGKILL", forMs: AWAY_MS },
  { signal: "SIGSTOP", forMs: SHORT_MS },
  { signal: "SIGKILL", forMs: 0 },
  { signal: "SIGSTOP", forMs: AWAY_MS },
];

/** Resolves when the server is back. */
async function strike(server: NatsServer, { signal, forMs }: Blow): Promise<void> {
  if (signal === "SIGKILL") await server.kill();
  else server.pause();
  // A real duration: the leases of real processes have to run out, or must not.
  await delay(forMs);
  if (signal === "SIGKILL") await server.startAgain();
  else server.resume();
}

describe("one server that fails under a whole cluster", () => {
  it("loses nothing that was acknowledged, and all actors answer again", async (context) => {
    await using server = await NatsServer.start({ syncAlways: true });
    const engine = server.address;
    await using crew = await Crew.start({ engine, names: RUNNERS, leaseTtlMs: LEASE_MS });
    await using run = new FaultRun(engine, crew);
    await run.answering();

    for (const blow of BLOWS) {
      const what = `${blow.signal} of the server for ${blow.forMs} ms`;
      run.note(what);
      await strike(server, blow);
      await run.returned(what);
    }

    context.diagnostic(await run.finish());
  });
});
