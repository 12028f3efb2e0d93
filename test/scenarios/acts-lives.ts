import type { Pool, Ref, Site } from "./cast.ts";
import type { Act } from "./plan.ts";
import type { World } from "./world.ts";

/** Spawns an actor: a child of the one that runs, or at the top. */
export function spawnOne(
  world: World,
  { c, player: spawner }: Site,
  act: Extract<Act, { readonly do: "spawn" }>,
): undefined {
  const number = act.definition % world.definitions.length;
  const definition = world.definitions[number];
  if (
    definition === undefined ||
    world.troupe.players.length + world.troupe.spawning.length > 60 ||
    world.troupe.spawning.length > 8
  )
    return;
  const asChild = !act.top && c !== undefined;
  const player = world.troupe.enlist(number, asChild ? spawner : undefined);
  const options = { input: { player }, ...(act.name === undefined ? {} : { name: act.name }) };
  world.troupe.spawning.push(player);
  try {
    const ref = asChild
      ? c.spawnChild(definition, options)
      : world.system.spawn(definition, options);
    world.troupe.name(player, ref as unknown as Ref);
    world.troupe.arrivals.push(player);
  } finally {
    world.troupe.spawning.pop();
  }
}

/** Spawns a pool. */
export function spawnPool(
  world: World,
  { c }: Site,
  { definition: n, top, size, route }: Extract<Act, { readonly do: "spawnPool" }>,
): undefined {
  const definition = world.definitions[n % world.definitions.length];
  if (definition === undefined || world.pools.length > 3 || world.troupe.spawning.length > 8)
    return;
  const options = { size, route, input: { player: undefined } };
  world.troupe.spawning.push(undefined);
  try {
    const pool =
      top || c === undefined
        ? world.system.spawnPool(definition, options)
        : c.spawnPool(definition, options);
    world.pools.push(pool as unknown as Pool);
  } catch (error) {
    world.ending.scriptedKills += 1; // the workers of a pool that is not complete are killed
    throw error;
  } finally {
    world.troupe.spawning.pop();
  }
}

/** Ties the actor to another, or unties it. */
export function tie(
  world: World,
  site: Site,
  act: Extract<Act, { readonly do: "link" | "unlink" | "watch" | "unwatch" }>,
): undefined {
  const ref = world.troupe.find(act.to, site);
  if (ref !== undefined) site.c?.[act.do](ref);
}

/** Ends an actor, a pool or the system. */
export function endSomething(
  world: World,
  site: Site,
  act: Extract<Act, { readonly do: "stop" | "kill" | "stopSelf" | "endPool" | "shutdown" }>,
): unknown {
  switch (act.do) {
    case "stop":
      return world.troupe.find(act.to, site)?.stop();
    case "kill":
      world.ending.scriptedKills += 1;
      world.troupe.find(act.to, site)?.kill();
      world.ending.scriptedKills += 1; // a listener may have requested the shutdown in the middle of it
      return undefined;
    case "stopSelf":
      site.c?.stop();
      return undefined;
    case "endPool": {
      const pool = world.pools[act.n % Math.max(1, world.pools.length)];
      world.ending.scriptedKills += 1;
      const ended = pool?.[act.how]();
      world.ending.scriptedKills += 1;
      return ended;
    }
    case "shutdown":
      return world.ending.request();
  }
}
