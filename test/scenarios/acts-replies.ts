import { ScriptError, type Site } from "./cast.ts";
import { codeOf, type Message } from "./ledger.ts";
import type { Act, Script } from "./plan.ts";
import { hostile, type World } from "./world.ts";

/** The part of a reply that is given later which scenarios use. */
interface Later {
  readonly awaited: boolean;
  resolve(value: unknown): boolean;
  reject(error: unknown): boolean;
}

/** Forwards the message being handled to an actor. */
export function forward(
  world: World,
  site: Site,
  { to, script }: Extract<Act, { readonly do: "forward" }>,
): undefined {
  const ref = world.troupe.find(to, site);
  if (ref !== undefined) passOn(world, site, ref, script);
}

/** Forwards the message being handled to a worker of a pool. */
export function forwardToPool(
  world: World,
  site: Site,
  { n, script }: Extract<Act, { readonly do: "forwardToPool" }>,
): undefined {
  const pool = world.pools[n % Math.max(1, world.pools.length)];
  if (pool !== undefined) passOn(world, site, pool.pick(), script);
}

function passOn(world: World, { c, sender, message }: Site, ref: unknown, script: Script): void {
  if (c === undefined || message === undefined) return;
  const { isAsk, copies } = message;
  const next = world.ledger.send(
    sender,
    script,
    copies === "many" && isAsk ? "many" : "one",
    isAsk,
  );
  const forwarding = c.forward(ref as never) as { run(message: Message): unknown };
  try {
    forwarding.run(next);
  } catch (error) {
    // A told message is forwarded by a tell, which a full mailbox refuses.
    if (codeOf(error) === "ERR_MAILBOX_FULL") world.ledger.refuse(next);
    else world.ledger.withdraw(next);
    throw error;
  }
  if (isAsk) message.next = next;
}

/** Takes the reply to the message being handled, and gives it now, later or never, and then once more. */
export function delegate(
  world: World,
  { c, message }: Site,
  act: Extract<Act, { readonly do: "delegate" }>,
): undefined {
  if (c === undefined || message === undefined) return;
  const reply = c.delegateReply<unknown>() as unknown as Later;
  message.holder = c;
  const give = (): void => giveReply(world, message, reply, act);
  switch (act.when) {
    case "now":
      give();
      return;
    case "task": {
      const { gate } = world;
      c.spawnTask("reply", async () => {
        await gate.opened;
        give();
      });
      return;
    }
    case "gate":
      void world.gate.opened.then(give); // never rejects
      return;
    case "never":
  }
}

function giveReply(
  world: World,
  message: Message,
  reply: Later,
  { how, value }: Extract<Act, { readonly do: "delegate" }>,
): void {
  const { awaited } = reply;
  const error = how === "hostile" ? hostile(value) : new ScriptError(`reply ${value}`);
  const given = { value };
  const settled = how === "resolve" ? reply.resolve(given) : reply.reject(error);
  if (settled !== awaited) world.problem(`the reply to ${message.name} was said to be another`);
  if (settled)
    world.ledger.settle(message, how === "resolve" ? { value: given } : { thrown: { error } });
  if (reply.resolve("again") || reply.awaited)
    world.problem(`${message.name} was replied to twice`);
}

/** Publishes a message to a topic. */
export function publish(
  world: World,
  { sender }: Site,
  { n, script }: Extract<Act, { readonly do: "publish" }>,
): unknown {
  const topic = world.topics[n % world.topics.length];
  const message = world.ledger.send(sender, script, "many", false);
  const got = topic?.publish(message) as number | Promise<number>;
  if (typeof got === "number") {
    message.got = got;
    return undefined;
  }
  world.mustSettle(got, `the publishing of ${message.name}`);
  return got.then((count) => {
    message.got = count;
  });
}

/** Subscribes an actor to a topic. */
export function subscribe(
  world: World,
  site: Site,
  { n, to, filter }: Extract<Act, { readonly do: "subscribe" }>,
): undefined {
  const topic = world.topics[n % world.topics.length];
  const ref = world.troupe.find(to, site);
  if (ref === undefined || topic === undefined) return;
  const runFilter = (script: Script): boolean => {
    world.play(world.site(world.newSender("filter"), "listener"), script);
    return script.value % 3 > 0;
  };
  const options = filter === undefined ? {} : { filter: () => runFilter(filter) };
  world.subscriptions.push(topic.subscribe(ref as never, "run" as never, options));
}
