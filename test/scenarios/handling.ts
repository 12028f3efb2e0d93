import type { Context, Player, Site } from "./cast.ts";
import type { Message } from "./ledger.ts";
import type { Script } from "./plan.ts";
import type { World } from "./world.ts";

/** Handles a message: its script runs, and its outcome is what the asker must get. */
export function handle(world: World, c: Context, message: Message): unknown {
  const { ledger } = world;
  ledger.begin(message, c.id);
  let result: unknown;
  try {
    result = runInside(world, c, message.name, message.script, message);
  } catch (error) {
    ledger.answer(message, { thrown: { error } });
    throw error;
  }
  if (result instanceof Promise) return answerLater(world, message, result);
  ledger.answer(message, { value: result });
  return result;
}

async function answerLater(
  { ledger }: World,
  message: Message,
  result: Promise<unknown>,
): Promise<unknown> {
  try {
    const value = await result;
    ledger.answer(message, { value });
    return value;
  } catch (error) {
    ledger.answer(message, { thrown: { error } });
    throw error;
  }
}

/** Runs a script as a handler, hook or timer of an actor; without a script it only checks that it may run. */
export function runInside(
  world: World,
  c: Context,
  what: string,
  script: Script | undefined,
  message?: Message,
): unknown {
  const player = world.troupe.playerOf(c);
  enter(world, player, c, what);
  const part = message === undefined ? "hook" : "handler";
  const site: Site = { player, c, sender: c.id, part, signal: undefined, message };
  let result: unknown;
  try {
    result = script === undefined ? undefined : world.play(site, script);
  } catch (error) {
    player.inside = undefined;
    throw error;
  }
  if (!(result instanceof Promise)) {
    player.inside = undefined;
    return result;
  }
  return result.finally(() => {
    player.inside = undefined;
  });
}

/** Notes the context of a life when its code first runs. */
export function meet({ lives }: Player, c: Context): void {
  if (!lives.includes(c)) lives.push(c);
}

/** Nothing else may be running in the actor, which must be alive, and its state must be of the same life. */
function enter(world: World, player: Player, c: Context, what: string): void {
  if (player.ended) world.problem(`${c.id} runs ${what} after its end`);
  if (player.inside !== undefined) world.problem(`${c.id} runs ${what} during ${player.inside}`);
  player.inside = what;
  meet(player, c);
  const { state } = c;
  if (state === undefined) return;
  state.owner ??= c;
  if (state.owner !== c) world.problem(`${c.id} has the state of an earlier life`);
}
