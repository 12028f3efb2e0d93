import type { Pool, Ref, Site } from "./cast.ts";
import { codeOf, kindOf, type Message } from "./ledger.ts";
import type { Act } from "./plan.ts";
import type { World } from "./world.ts";

type Send = Extract<Act, { readonly do: "tell" | "ask" }>;
type PoolSend = Extract<Act, { readonly do: "pool" }>;

/** Codes with which a tell gives up waiting for room. */
const GIVEN_UP: ReadonlySet<string> = new Set(["ERR_MAILBOX_FULL", "ERR_ABORTED", "ERR_DEADLOCK"]);

/** Tells or asks an actor. */
export function sendOnce(world: World, site: Site, act: Send): unknown {
  const ref = world.troupe.find(act.to, site);
  if (ref === undefined) return undefined;
  const { addressed, signal } = address(world, ref, act);
  return act.do === "tell"
    ? tell(world, site, addressed, act)
    : ask(world, site, addressed, act, signal);
}

/** Tells or asks one worker of a pool, or all. */
export function sendToPool(world: World, site: Site, act: PoolSend): unknown {
  const pool = world.pools[act.n % Math.max(1, world.pools.length)];
  if (pool === undefined) return undefined;
  const { addressed, signal } = address(world, pool, act);
  switch (act.how) {
    case "tell":
      return tell(world, site, addressed, act);
    case "ask":
      return ask(world, site, addressed, act, signal);
    case "broadcastTell":
      return broadcastTell(world, site, addressed, act);
    case "broadcastAsk": {
      const message = world.ledger.send(site.sender, act.script, "many", true);
      const replies = addressed.broadcast.ask.run(message);
      world.mustSettle(replies, `the broadcast of ${message.name}`);
      return replies;
    }
  }
}

function broadcastTell(world: World, site: Site, pool: Pool, { script }: PoolSend): unknown {
  const message = world.ledger.send(site.sender, script, "many", false);
  const got = pool.broadcast.tell.run(message);
  if (typeof got === "number") {
    message.got = got;
    return undefined;
  }
  world.mustSettle(got, `the broadcast of ${message.name}`);
  return got.then((count) => {
    message.got = count;
  });
}

/** Returns the ref, or pool, with the options of the call. */
function address<To extends Ref | Pool>(
  world: World,
  to: To,
  { timeoutMs, signal }: Send | PoolSend,
): { readonly addressed: To; readonly signal: AbortSignal | undefined } {
  const controller = signal === "none" ? undefined : new AbortController();
  if (signal === "aborted") controller?.abort();
  if (signal === "later" && controller !== undefined) world.controllers.push(controller);
  if (controller === undefined && timeoutMs === undefined)
    return { addressed: to, signal: undefined };
  const options = {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(controller === undefined ? {} : { signal: controller.signal }),
  };
  return { addressed: to.with(options) as To, signal: controller?.signal };
}

function ask(
  world: World,
  site: Site,
  to: { readonly ask: Ref["ask"] },
  { script, timeoutMs = world.plan.world.askTimeoutMs }: Send | PoolSend,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const message = world.ledger.send(site.sender, script, "one", true);
  const askedAtMs = world.nowMs();
  const reply = to.ask.run(message);
  world.ledger.watch({ message, askedAtMs, timeoutMs, signal, settled: false }, reply);
  return reply;
}

function tell(
  world: World,
  site: Site,
  to: { readonly tell: Ref["tell"] },
  { script }: Send | PoolSend,
): unknown {
  const message = world.ledger.send(site.sender, script, "one", false);
  const told = callTold(world, message, () => to.tell.run(message));
  if (!(told instanceof Promise)) return undefined;
  world.mustSettle(told, `the wait of ${message.name}`);
  told.catch((error: unknown) => {
    const code = codeOf(error);
    if (code !== undefined && GIVEN_UP.has(code)) world.ledger.refuse(message);
    else world.problem(`the wait of ${message.name} ended with ${kindOf(error)}`);
  });
  return told;
}

/** Calls `send`. A full mailbox refuses the message, and hands it back. */
export function callTold<Result>(world: World, message: Message, send: () => Result): Result {
  try {
    return send();
  } catch (error) {
    const { args } = error as { readonly args?: readonly unknown[] };
    if (codeOf(error) !== "ERR_MAILBOX_FULL") {
      world.problem(`the tell of ${message.name} threw ${kindOf(error)}`);
    } else if (args?.[0] !== message) {
      world.problem(`the error of a full mailbox does not hold ${message.name}`);
    }
    world.ledger.refuse(message);
    throw error;
  }
}
