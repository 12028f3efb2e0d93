import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { NatsCluster, type NatsServer } from "../_support/nats-server.ts";
import { eventually } from "../_support/stack-program.ts";
import { streamLeader } from "../_support/stream-leader.ts";
import { Crew } from "./crew.ts";
import { AWAY_MS, FaultRun, LEASE_MS, RUNNERS } from "./fault-run.ts";

const PLACEMENTS = "KV_ll_limelight_placements";
const RECORDS = "LL_limelight_RECORDS";
const EVENTS = "LL_limelight_EVT";
/** How many coordinators are killed while a server is away. */
const COORDINATORS = 3;

/** A server that leads a stream just now, or one that does not. */
type Choice = (cluster: NatsCluster) => Promise<NatsServer | undefined>;

const leaderOf =
  (stream: string): Choice =>
  (cluster) =>
    streamLeader(cluster, stream);

const follower: Choice = async (cluster) => {
  const leader = await streamLeader(cluster, PLACEMENTS);
  return leader && cluster.servers.find((server) => server !== leader);
};

interface Blow {
  readonly signal: "SIGKILL" | "SIGSTOP";
  readonly of: string;
  readonly choice: Choice;
}

/** One after the other; each time all actors answer again before the server is back, and before the next. */
const BLOWS: readonly Blow[] = [
  { signal: "SIGKILL", of: "the leader of the placements", choice: leaderOf(PLACEMENTS) },
  { signal: "SIGSTOP", of: "the leader of the records", choice: leaderOf(RECORDS) },
  { signal: "SIGKILL", of: "a follower", choice: follower },
  { signal: "SIGSTOP", of: "a follower", choice: follower },
];

/** Takes a server away. Returns what brings it back. */
async function takeAway(
  server: NatsServer,
  signal: "SIGKILL" | "SIGSTOP",
): Promise<() => Promise<void>> {
  if (signal === "SIGKILL") {
    await server.kill();
    return () => server.startAgain();
  }
  server.pause();
  return async () => server.resume();
}

/** Takes two servers away, so that no majority is left, and brings them back. */
async function loseMajority(run: FaultRun, cluster: NatsCluster): Promise<void> {
  const [one, two] = cluster.servers;
  assert.ok(one !== undefined && two !== undefined);
  run.note("SIGKILL of one of two servers");
  await one.kill();
  run.note("SIGSTOP of the other one");
  two.pause();
  // Real durations: what was on its way arrives, and then nobody goes on.
  await delay(AWAY_MS);
  const before = run.acknowledged;
  await delay(AWAY_MS);
  assert.equal(run.acknowledged, before, "operations were acknowledged by a minority");
  one.spawn();
  two.resume();
}

describe("three servers that fail under a whole cluster", () => {
  it("lose nothing that was acknowledged, and go on while two are left", async (context) => {
    await using cluster = await NatsCluster.start({ syncAlways: true });
    const engine = { servers: cluster.addresses, replicas: 3 };
    await using crew = await Crew.start({ engine, names: RUNNERS, leaseTtlMs: LEASE_MS });
    await using run = new FaultRun(() => engine, crew);
    await run.answering();

    for (const { signal, of, choice } of BLOWS) {
      const server = await eventually(of, () => choice(cluster));
      run.note(`${signal} of ${of}`);
      const bringBack = await takeAway(server, signal);
      await run.returned(`${signal} of ${of}`);
      await bringBack();
      await cluster.ready();
      await run.answering();
    }
    await loseMajority(run, cluster);
    await run.returned("two of three servers back");

    context.diagnostic(await run.finish());
  });

  // What a coordinator begins with has to elect leaders then, some of them among servers that are not there.
  it("have other coordinators while one of them is away", async (context) => {
    await using cluster = await NatsCluster.start({ syncAlways: true });
    const engine = { servers: cluster.addresses, replicas: 3 };
    await using crew = await Crew.start({ engine, names: RUNNERS, leaseTtlMs: LEASE_MS });
    await using run = new FaultRun(() => engine, crew);
    const witness = await run.witness();
    await run.answering();

    const server = await eventually("led", () => leaderOf(EVENTS)(cluster));
    run.note("SIGKILL of the leader of the events");
    await server.kill();
    for (let times = 0; times < COORDINATORS; times += 1) {
      const name = await eventually("coordinated", () => witness.coordinator());
      run.note("SIGKILL of the coordinator");
      await crew.kill(name);
      await run.returned("SIGKILL of the coordinator without a server");
      await crew.start(name);
      await run.burst();
    }
    await server.startAgain();
    await cluster.ready();
    await run.answering();

    context.diagnostic(await run.finish());
  });
});
