import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OUTER_SITES } from "../_support/ends-outer-sites.ts";
import { LIFE_SITES, type Site, SUBJECT } from "../_support/ends-sites.ts";
import { WAYS, type Way } from "../_support/ends-ways.ts";
import { WORK_SITES } from "../_support/ends-work-sites.ts";
import { type Flavor, PARTS, World } from "../_support/ends-world.ts";

const FLAVORS: readonly Flavor[] = [
  { name: "once", traced: false, strategy: "one_for_one", maxActs: 1 },
  { name: "repeatedly, traced", traced: true, strategy: "one_for_all", maxActs: 3 },
];

/** Plays one combination. Throws if it breaks anything. */
async function play(site: Site, way: Way, flavor: Flavor): Promise<void> {
  const world = new World({ ...flavor, logged: site.logged === true });
  world.directive = way.directive;
  const existing = new Set<string>();
  world.end = () => {
    for (const part of PARTS) if (world.part(part) !== undefined) existing.add(part);
    way.end(world);
  };
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", onUnhandled);
  process.on("uncaughtException", onUnhandled);
  try {
    await site.play(world);
    await world.passTime();
    assert.ok(world.acts > 0, "the callback has not been called");
    const living = await world.living();
    const mayEnd = new Set([...way.ends, ...site.ends, ...(way.throws ? SUBJECT : [])]);
    for (const part of PARTS) {
      const expected = world.part(part) !== undefined && !mayEnd.has(part);
      assert.ok(!expected || living.includes(part), `${part} does not answer any more`);
    }
    const mustEnd = way.throws || way.name.startsWith("restarts") ? [] : way.ends;
    const survivors = living.filter((part) => existing.has(part) && mustEnd.includes(part));
    assert.deepEqual(survivors, [], "it has not ended");
    await world.close();
    assert.deepEqual(unhandled, [], "unhandled errors");
  } finally {
    process.off("unhandledRejection", onUnhandled);
    process.off("uncaughtException", onUnhandled);
  }
}

async function failuresOf(site: Site, flavor: Flavor): Promise<string[]> {
  const failures: string[] = [];
  for (const way of WAYS) {
    if (flavor.traced && way.name.startsWith("stops")) continue; // as in the other flavor
    if (way.throws && !site.throwable) continue;
    try {
      await play(site, way, flavor);
    } catch (error) {
      failures.push(`${way.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failures;
}

for (const flavor of FLAVORS) {
  describe(`an end from within a callback, ${flavor.name}`, () => {
    for (const site of [...LIFE_SITES, ...WORK_SITES, ...OUTER_SITES]) {
      it(site.name, async () => {
        const failures = await failuresOf(site, flavor);
        assert.deepEqual(failures, []);
      });
    }
  });
}
