import type { ActorState, ActorSystem } from "../../src/index.ts";

/** Number of actors in `state`, read from the gauge. */
export function actorsIn(system: ActorSystem, state: ActorState): number {
  return level(system, "actor.active", { "actor.state": state });
}

/** Number of tasks that are on the books as running. */
export function runningTasks(system: ActorSystem): number {
  return level(system, "actor.task.active", {});
}

/** Sum of the gauge `name` over all series with these attributes. */
function level(system: ActorSystem, name: string, wanted: Record<string, string>): number {
  let sum = 0;
  for (const [key, value] of Object.entries(system.books().levels)) {
    const [metric, json = "{}"] = key.split("|");
    const attributes = JSON.parse(json) as Record<string, string>;
    const fits = Object.entries(wanted).every(([name, text]) => attributes[name] === text);
    if (metric === name && fits) sum += value;
  }
  return sum;
}
