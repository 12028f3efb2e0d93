import { describe } from "node:test";
import { openSystem } from "../../_support/actor-system.ts";
import type { RawPlace } from "../../_support/raw-world.ts";
import { rawBodyContract } from "../../contract/raw-bodies.ts";
import { rawRequestContract } from "../../contract/raw-requests.ts";

async function place(): Promise<RawPlace> {
  const { system, [Symbol.asyncDispose]: dispose } = openSystem({});
  return { system, key: "a", [Symbol.asyncDispose]: dispose };
}

describe("requests for an actor of the same process", () => {
  rawRequestContract(place);
  rawBodyContract(place, { readAheadBytes: 0 });
});
