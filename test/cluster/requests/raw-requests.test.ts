import { describe } from "node:test";
import { ClusterWorld } from "../../_support/cluster-world.ts";
import { quiet, report } from "../../_support/raw-report.ts";
import type { RawPlace } from "../../_support/raw-world.ts";
import { rawBodyContract } from "../../contract/raw-bodies.ts";
import { rawRequestContract } from "../../contract/raw-requests.ts";

const WINDOW_BYTES = 262_144;

/** A gateway on one node, and an actor on the other. */
async function place(): Promise<RawPlace> {
  const world = await ClusterWorld.open();
  const actors = [report, quiet];
  const a = await world.add("a", { actors });
  await world.add("b", { actors });
  for (let at = 0; ; at += 1) {
    const key = `k${at}`;
    if ((await a.system.get(report, key).ask.where()) !== "b") continue;
    return { system: a.system, key, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
  }
}

describe("requests for an actor of another node", () => {
  rawRequestContract(place);
  rawBodyContract(place, { readAheadBytes: 2 * WINDOW_BYTES });
});
