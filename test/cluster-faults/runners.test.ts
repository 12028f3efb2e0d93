import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ClusterProcess } from "../_support/cluster-process.ts";
import { NatsServer } from "../_support/nats-server.ts";
import { eventually } from "../_support/stack-program.ts";
import { checkRun } from "../cluster/faults/check.ts";
import { FaultFile } from "../cluster/faults/records.ts";
import { quantile, recoveriesOf } from "../cluster/faults/recovery.ts";
import { Traffic } from "./traffic.ts";

const LEASE_MS = 3_000;
const KEYS = Array.from({ length: 40 }, (_, at) => `k${at}`);
const RUNNERS = ["r1", "r2", "r3", "r4"];
const CLIENTS = 16;
/** What a takeover may take besides the lease: a requirement of the protocol, not of the machine. */
const TAKEOVER_MS = 2_000;
/** How long a paused process is not heard of. */
const PAUSE_MS = 1.5 * LEASE_MS;

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
  readonly #file: FaultFile;

  constructor(servers: string, file: FaultFile) {
    this.#servers = servers;
    this.#file = file;
  }

  async start(name: string): Promise<ClusterProcess> {
    return await ClusterProcess.start(this.#servers, name, LEASE_MS);
  }

  /** Resolves when the runner takes actors again. */
  async strike(at: number, blow: Blow): Promise<void> {
    const runner = this.runners[at];
    if (runner === undefined) throw new Error(`there is no runner ${at}`);
    // Who is stopped in order hands its actors over: there is nothing to recover from.
    const node = blow === Blow.Stop ? {} : { node: runner.name };
    this.#file.append({ kind: "fault", atMs: performance.now(), what: blow, ...node });
    if (blow === Blow.Pause) {
      runner.pause();
      // A real duration: the lease of a real process has to run out.
      await delay(PAUSE_MS);
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

/** Prints how long actors were away, and holds it against what the protocol promises. */
function checkRecovery(context: TestContext, file: FaultFile): void {
  const tookMs = recoveriesOf(file.read()).map((recovery) => recovery.tookMs);
  const [p50 = Infinity, p99 = Infinity, max = Infinity] = [0.5, 0.99, 1].map((part) =>
    quantile(tookMs, part),
  );
  const [half, most, all] = [p50, p99, max].map(Math.round);
  context.diagnostic(
    `recovery of ${tookMs.length} actors: p50 ${half}, p99 ${most}, max ${all} ms`,
  );
  assert.ok(p99 <= LEASE_MS + TAKEOVER_MS, `p99 of the recovery is ${most} ms`);
}

describe("runners that fail, on one server", () => {
  it("lose nothing that was acknowledged, do nothing twice, and are replaced in time", async (context) => {
    await using server = await NatsServer.start({ syncAlways: true });
    const servers = `nats://127.0.0.1:${server.port}`;
    const folder = mkdtempSync(join(tmpdir(), "limelight-faults-"));
    const file = new FaultFile(join(folder, "run.jsonl"));
    await using faults = new Faults(servers, file);
    faults.runners.push(...(await Promise.all(RUNNERS.map((name) => faults.start(name)))));
    const traffic = new Traffic({
      ...{ servers, leaseTtlMs: LEASE_MS, clients: CLIENTS, keys: KEYS, file },
    });
    const moreAnswers = async (count: number): Promise<void> => {
      const from = traffic.acknowledged;
      await eventually("answering", () =>
        traffic.acknowledged >= from + count ? true : undefined,
      );
    };
    await moreAnswers(4 * KEYS.length);

    for (const [at, blow] of BLOWS.entries()) {
      await faults.strike(at % RUNNERS.length, blow);
      await moreAnswers(4 * KEYS.length);
    }

    await traffic.stop();
    file.append({ kind: "healed", atMs: performance.now() });
    await traffic.writeToAll();
    await traffic.readContents();
    const violations = checkRun(file.read(), 2 * LEASE_MS);
    assert.deepEqual(violations, []);
    checkRecovery(context, file);
    await traffic.shutdown();
    // The history of a run that has failed stays, to be read.
    rmSync(folder, { recursive: true });
  });
});
