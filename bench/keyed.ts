import { loadavg } from "node:os";
import { measureActivations } from "./keyed/activations.ts";
import { measureSaves } from "./keyed/saves.ts";

import { measureSchedules } from "./keyed/schedules.ts";
import type { Finding } from "./keyed/shared.ts";
import { measureSleeping } from "./keyed/sleeping.ts";
import { measureWakes } from "./keyed/wakes.ts";

/*
 * What keyed actors cost with a store on disk, and what their activations leave in memory. Their asks and their starts in memory are measured by `npm run bench`,
 * beside other actors.
 */

const PARTS: Readonly<Record<string, () => Promise<readonly Finding[]>>> = {
  activations: measureActivations,
  saves: measureSaves,
  wakes: measureWakes,
  sleeping: measureSleeping,
  schedules: measureSchedules,
};

const asked = process.argv.slice(2).filter((word) => word in PARTS);
console.log(`Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`);
for (const [name, measure] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const { what, measured, goal, reached } of await measure()) {
    console.log(`${what}: ${measured}; goal: ${goal}${reached ? "" : " – missed"}`);
  }
}
console.log(`load at the end ${loadavg()[0]?.toFixed(1)}`);
