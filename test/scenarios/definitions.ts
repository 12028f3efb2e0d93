import { type ActorOptions, type Directive, defineActor, type WhenFull } from "../../src/index.ts";
import type { Context, Marked, Player, Site } from "./cast.ts";
import { handle, meet, runInside } from "./handling.ts";
import type { Message } from "./ledger.ts";
import type { DefinitionPlan, HookPlan } from "./plan.ts";
import type { Definition, World } from "./world.ts";

interface Messages {
  readonly [name: string]: (c: Context, ...args: never[]) => unknown;
}
type Options = ActorOptions<Marked | undefined, { player: Player | undefined }, Messages, WhenFull>;

/** Makes the definitions of a plan, whose code plays the plan's scripts in `world`. */
export function makeDefinitions(world: World): Definition[] {
  return world.plan.definitions.map(
    (plan, number) =>
      defineActor(`kind-${number}`, optionsOf(world, plan)) as unknown as Definition,
  );
}

function optionsOf(world: World, plan: DefinitionPlan): Options {
  const { backoffMs, childRestarts } = plan;
  const backoff = backoffMs === undefined ? {} : { backoff: { initialMs: backoffMs, jitter: 0 } };
  return {
    mailbox: { limit: plan.limit, whenFull: plan.whenFull },
    restart: { policy: plan.policy, maxRestarts: plan.maxRestarts, windowMs: 1_000, ...backoff },
    supervision: {
      strategy: plan.strategy,
      ...(childRestarts === undefined ? {} : { maxRestarts: childRestarts }),
    },
    taskDeadlineMs: plan.taskDeadlineMs,
    stopDeadlineMs: plan.stopDeadlineMs,
    stuckAfterMs: 1_000,
    state: ({ player }) => createState(world, plan, player),
    ...hooksOf(world, plan),
    handlers: {
      run: (c: Context, message: Message) => handle(world, c, message),
      over: (c: Context) => runHook(world, c, "over", undefined),
      broken: (c: Context) => runHook(world, c, "broken", undefined),
    },
  };
}

/** Actors without hooks end by a shorter way, so only those that a plan has are defined. */
function hooksOf(world: World, plan: DefinitionPlan): Partial<Options> {
  const { onStart, onStop, onTerminated, onFailure, directive } = plan;
  const hooks: { -readonly [Name in keyof Options]?: Options[Name] } = {};
  if (onStart !== undefined) hooks.onStart = (c) => runHook(world, c, "onStart", onStart);
  if (onStop !== undefined) hooks.onStop = (c) => runHook(world, c, "onStop", onStop);
  if (onTerminated !== undefined) {
    hooks.onTerminated = (c) => runHook(world, c, "onTerminated", onTerminated);
  }
  if (onFailure !== undefined || directive !== "none") {
    hooks.onFailure = (c) => decide(world, c, plan);
  }
  return hooks;
}

/** Creates the state of a life. The factory does not know its context, so it is told apart by who owns the state. */
function createState(
  world: World,
  { stateless, state }: DefinitionPlan,
  player: Player | undefined,
): Marked | undefined {
  const script = world.due(state);
  if (script !== undefined) {
    const sender = world.newSender("factory");
    const site: Site = { ...world.site(sender, "listener"), player, part: "hook" };
    world.play(site, script);
  }
  return stateless ? undefined : { owner: undefined };
}

function runHook(world: World, c: Context, name: string, hook: HookPlan | undefined): unknown {
  return runInside(world, c, name, world.due(hook));
}

/** Runs beside the handlers, not between them, so it is no part of what runs one at a time. */
function decide(world: World, c: Context, plan: DefinitionPlan): Directive | undefined {
  const script = world.due(plan.onFailure);
  const player = world.troupe.playerOf(c);
  meet(player, c);
  const site: Site = {
    ...world.site(world.newSender(`${c.id} onFailure`), "listener"),
    player,
    c,
    part: "hook",
  };
  if (script !== undefined) world.play(site, script);
  return plan.directive === "none" ? undefined : plan.directive;
}
