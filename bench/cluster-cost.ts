import { loadavg } from "node:os";
import { RunnerStatus } from "../src/cluster/protocol/runner-record.ts";
import { DEFAULT_TIMINGS } from "../src/cluster/protocol/timings.ts";
import { CostWorld, type Size } from "./cluster/cost-world.ts";
import type { CountedCalls } from "./cluster/counted-session.ts";

/*
 * What an actor costs a cluster that has many, on a clock that is moved: the real coordinator on the embedded engine, with
 * models of runners. Sizes are given as `actors/runners`. Run with `--expose-gc`.
 */

const SIZES = ["1000/4", "10000/10", "100000/100", "1000000/1000"];
const IDLE_MS = 20_000;
const MIB = 2 ** 20;

function sizesOf(args: readonly string[]): readonly Size[] {
  return (args.length > 0 ? args : SIZES).map((text) => {
    const [actors = 0, runners = 0] = text.split("/").map(Number);
    if (!(actors >= runners && runners >= 2)) throw new RangeError(`${text} is no size`);
    return { actors, runners };
  });
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Writes of a coordinator, by what they are. */
function writesOf(calls: CountedCalls): string {
  const placements = calls.of("placements.put") + calls.of("placements.remove");
  const reads = calls.of("placements.read") + calls.of("runners.read") + calls.of("leases.read");
  return [
    `placements ${placements}`,
    `commands ${calls.of("commands.append")}`,
    `runners ${calls.of("runners.put")}`,
    `leases ${calls.of("leases.put")}`,
    `reads ${reads}`,
  ].join(", ");
}

async function measure(size: Size): Promise<void> {
  const { actors, runners } = size;
  console.log(`\n${actors} actors on ${runners} runners, load ${loadavg()[0]?.toFixed(1)}`);
  const world = await CostWorld.open(size);
  const before = heapBytes();
  const termMs = await world.beginTerm();
  const indexBytes = heapBytes() - before;
  console.log(
    `  start of a term: ${termMs.toFixed(0)} ms CPU, ${((termMs * 1_000) / actors).toFixed(1)} µs an actor`,
  );
  console.log(
    `  coordinator's memory: ${(indexBytes / MIB).toFixed(1)} MiB, ${(indexBytes / actors).toFixed(0)} bytes an actor`,
  );

  world.calls.clear();
  world.runnerCalls.clear();
  const idleBefore = process.cpuUsage();
  await world.clock.advance(IDLE_MS);
  const idle = process.cpuUsage(idleBefore);
  const seconds = IDLE_MS / 1_000;
  console.log(`  idle, ${seconds} s: coordinator: ${writesOf(world.calls)}`);
  console.log(
    `    heartbeats ${(world.runnerCalls.of("leases.put") / seconds).toFixed(1)}/s, CPU of all ${((idle.user + idle.system) / 1_000 / seconds).toFixed(1)} ms/s`,
  );

  await loseRunner(world, actors);
  await drainRunner(world, actors);
}

async function loseRunner(world: CostWorld, actors: number): Promise<void> {
  const [runner] = world.runners;
  const share = Math.ceil(actors / world.runners.length);
  await runner?.kill();
  world.calls.clear();
  world.runnerCalls.clear();
  const before = process.cpuUsage();
  const hasMoved = (): boolean => world.calls.of("commands.append") >= share;
  const tookMs = await world.until(() => hasMoved() && world.running === actors);
  const used = process.cpuUsage(before);
  console.log(`  loss of a runner with ${share} actors: coordinator: ${writesOf(world.calls)}`);
  console.log(
    `    events ${world.runnerCalls.of("events.append")}, CPU of all ${((used.user + used.system) / share).toFixed(0)} µs an actor, ${tookMs} ms of the clock`,
  );
}

async function drainRunner(world: CostWorld, actors: number): Promise<void> {
  const runner = world.runners[1];
  world.knowActors(1);
  const share = runner?.size ?? 0; // with what it has got of the lost one
  world.calls.clear();
  world.runnerCalls.clear();
  await runner?.set(RunnerStatus.Draining);
  const tookMs = await world.until(() => runner?.size === 0);
  await world.clock.advance(2 * DEFAULT_TIMINGS.sweepMs);
  console.log(
    `  drain of a runner with ${share} actors, ${world.running} of ${actors} run: coordinator: ${writesOf(world.calls)}`,
  );
  console.log(`    events ${world.runnerCalls.of("events.append")}, ${tookMs} ms of the clock`);
}

for (const size of sizesOf(process.argv.slice(2))) await measure(size);
