import { sendOnce, sendToPool } from "./acts-calls.ts";
import { endSomething, spawnOne, spawnPool, tie } from "./acts-lives.ts";
import { delegate, forward, forwardToPool, publish, subscribe } from "./acts-replies.ts";
import { onAbort, startPipe, startTask, startTimer, waitFor } from "./acts-work.ts";
import type { Site } from "./cast.ts";
import { ScriptError } from "./cast.ts";
import { codeOf, kindOf } from "./ledger.ts";
import type { Act, Script } from "./plan.ts";
import { hostile, type World } from "./world.ts";

/** Codes that an act may meet, whatever the actors are doing. */
const EXPECTED: ReadonlySet<string | undefined> = new Set([
  "ERR_ABORTED",
  "ERR_ACTOR_KILLED",
  "ERR_ACTOR_STOPPED",
  "ERR_ASK_TIMEOUT",
  "ERR_DEADLOCK",
  "ERR_INVALID_LINK",
  "ERR_LIFE_OVER",
  "ERR_MAILBOX_FULL",
  "ERR_NAME_TAKEN",
  "ERR_NO_REPLY",
  "ERR_REPLY_LOST",
  "ERR_SELF_ASK",
  "ERR_SELF_STOP",
  "ERR_START_FAILED",
  "ERR_SYSTEM_STOPPED",
  "ERR_UNKNOWN_MESSAGE",
]);

/** Plays a script; an asynchronous one is a promise. */
export function play(world: World, site: Site, script: Script): unknown {
  if (script.mode === "async") return playSlowly(world, site, script);
  for (const act of script.acts) {
    attempt(world, site, script, act, () => {
      const result = perform(world, site, act);
      // Not awaited here, and its outcome is known to the ledger.
      if (result instanceof Promise) result.catch(() => {});
    });
  }
  return finish(script);
}

async function playSlowly(world: World, site: Site, script: Script): Promise<unknown> {
  for (const act of script.acts) {
    let result: unknown;
    attempt(world, site, script, act, () => {
      result = perform(world, site, act);
    });
    if (!(result instanceof Promise)) continue;
    if ("awaits" in act && !act.awaits) {
      result.catch(() => {});
      continue;
    }
    try {
      await result;
    } catch (error) {
      if (script.careless) throw error; // an asker throws what it was answered with
    }
  }
  return finish(script);
}

function finish(script: Script): unknown {
  switch (script.end) {
    case "return":
      return { value: script.value };
    case "throw":
      throw new ScriptError(`script ${script.value} fails`);
    case "hostile":
      throw hostile(script.value);
  }
}

/** Acts that begin or end something for good, which code of an earlier life must not. */
const OF_A_LIFE: ReadonlySet<string> = new Set(["task", "timer", "pipe", "link", "stopSelf"]);

function isStale({ c, player }: Site, act: Act): boolean {
  if (c === undefined || player === undefined || player.lives.at(-1) === c) return false;
  const asChild = (act.do === "spawn" || act.do === "spawnPool") && !act.top;
  return asChild || OF_A_LIFE.has(act.do);
}

function attempt(
  world: World,
  site: Site,
  { careless }: Script,
  act: Act,
  perform: () => void,
): void {
  try {
    const stale = isStale(site, act);
    perform();
    if (stale) world.problem(`${act.do} took effect with the context of an earlier life`);
  } catch (error) {
    if (!EXPECTED.has(codeOf(error))) world.problem(`${act.do} threw ${kindOf(error)}`);
    if (careless) throw error;
  }
}

function perform(world: World, site: Site, act: Act): unknown {
  if (!world.spend()) return undefined;
  switch (act.do) {
    case "tell":
    case "ask":
      return sendOnce(world, site, act);
    case "pool":
      return sendToPool(world, site, act);
    case "forward":
      return forward(world, site, act);
    case "forwardToPool":
      return forwardToPool(world, site, act);
    case "delegate":
      return delegate(world, site, act);
    case "publish":
      return publish(world, site, act);
    case "subscribe":
      return subscribe(world, site, act);
    case "task":
      return startTask(world, site, act);
    case "timer":
      return startTimer(world, site, act);
    case "pipe":
      return startPipe(world, site, act);
    case "onAbort":
      return onAbort(world, site, act.script);
    case "wait":
      return waitFor(world, site, act);
    case "spawn":
      return spawnOne(world, site, act);
    case "spawnPool":
      return spawnPool(world, site, act);
    case "link":
    case "unlink":
    case "watch":
    case "unwatch":
      return tie(world, site, act);
    default:
      return performRest(world, site, act);
  }
}

type Rest = Exclude<
  Act,
  {
    readonly do:
      | "tell"
      | "ask"
      | "pool"
      | "forward"
      | "forwardToPool"
      | "delegate"
      | "publish"
      | "subscribe"
      | "task"
      | "timer"
      | "pipe"
      | "onAbort"
      | "wait"
      | "spawn"
      | "spawnPool"
      | "link"
      | "unlink"
      | "watch"
      | "unwatch";
  }
>;

function performRest(world: World, site: Site, act: Rest): unknown {
  switch (act.do) {
    case "stop":
    case "kill":
    case "stopSelf":
    case "endPool":
    case "shutdown":
      return endSomething(world, site, act);
    case "unsubscribe":
      world.subscriptions[act.n % Math.max(1, world.subscriptions.length)]?.[Symbol.dispose]();
      return undefined;
    case "abort":
      world.controllers.shift()?.abort(new ScriptError("aborted by the script"));
      return undefined;
    case "snapshot":
      JSON.stringify(world.system.monitor.snapshot());
      return undefined;
    case "setState":
      if (site.c !== undefined) site.c.state = { owner: site.c };
      return undefined;
    case "unknown": {
      const ref = world.troupe.find({ who: "any", n: 0 }, site) as unknown as
        | { readonly tell: { nonsense(): void } }
        | undefined;
      ref?.tell.nonsense();
      return undefined;
    }
    case "find": {
      const definition = world.definitions[act.definition % world.definitions.length];
      if (definition !== undefined) world.system.find(definition, act.name);
      return undefined;
    }
    case "log":
      site.c?.log[act.level]({ value: hostile(act.value) }, "odd value");
      site.c?.log[act.level](hostile(act.value) as object, "odd value");
      return undefined;
  }
}
