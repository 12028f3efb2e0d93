import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { nats } from "../../../src/cluster.ts";
import { createSystem } from "../../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { ClusterProcess } from "../../_support/cluster-process.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { quiet, report } from "../../_support/raw-report.ts";
import { eventually, type RawPlace, RawWorld } from "../../_support/raw-world.ts";
import { rawBodyContract } from "../../contract/raw-bodies.ts";
import { rawRequestContract } from "../../contract/raw-requests.ts";

const LEASE_MS = 2_000;
const WINDOW_BYTES = 262_144;
const PROGRAM = join(import.meta.dirname, "../../_support/gateway-runner-program.ts");

describe("requests for an actor of another process, over NATS", () => {
  let server: NatsServer;
  let runner: ClusterProcess;
  let places = 0;

  before(async () => {
    server = await NatsServer.start();
    runner = await startRunner("r1");
  });
  after(async () => {
    await runner[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const servers = (): string => `nats://127.0.0.1:${server.port}`;
  const startRunner = (name: string): Promise<ClusterProcess> =>
    ClusterProcess.start(servers(), name, LEASE_MS, [], PROGRAM);

  /** A gateway in this process, which runs no actors. */
  async function place(): Promise<RawPlace> {
    places += 1;
    const { systemOptions } = inMemoryTelemetry();
    const system = createSystem({
      ...systemOptions,
      actors: [report, quiet],
      engine: nats({ servers: servers() }),
      cluster: { name: "client", client: true, leaseTtlMs: LEASE_MS },
    });
    return {
      system,
      key: `k${places}`,
      async [Symbol.asyncDispose]() {
        expectBooks(system);
        await system.shutdown();
      },
    };
  }

  rawRequestContract(place);
  rawBodyContract(place, { readAheadBytes: 2 * WINDOW_BYTES });

  it("are cut, and never look whole, when the process is killed or stopped in the middle", async () => {
    for (const end of ["kill", "stop"] as const) {
      await using world = await RawWorld.open(place);
      const response = await fetch(`${world.url}/waits`);
      const reader = response.body?.getReader();
      assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), "begun");

      await runner[end]();
      runner = await startRunner("r1"); // whoever coordinates finds the other one lost

      await assert.rejects(async () => await reader?.read());
      await eventually(async () => (await fetch(`${world.url}/again`)).ok);
    }
  });

  it("that wait for an answer fail as unknown when the process is killed", async () => {
    await using world = await RawWorld.open(place);
    const answered = fetch(`${world.url}/never`);
    const other = world.refOf("other");
    await eventually(async () => (await other.ask.seen()).length === 1);

    await runner.kill();
    runner = await startRunner("r1");
    const response = await answered;

    const { error } = (await response.json()) as { error: Record<string, unknown> };
    assert.equal(response.status, 500);
    assert.deepEqual([error["code"], error["outcome"]], ["ERR_RUNNER_LOST", "unknown"]);
  });
});
