import { nextTurn } from "../../src/base/node-timers.ts";
import type { PipeSource } from "../../src/index.ts";
import { forever } from "../_support/actor-waiting.ts";
import { ScriptError, type Site } from "./cast.ts";
import { runInside } from "./handling.ts";
import type { Message } from "./ledger.ts";
import type { Act, PipePlan, Script } from "./plan.ts";
import type { World } from "./world.ts";

/** Starts a task of the actor. */
export function startTask(
  world: World,
  site: Site,
  { script, cancels }: Extract<Act, { readonly do: "task" }>,
): undefined {
  const { c, player } = site;
  if (c === undefined) return;
  const task = c.spawnTask("job", (signal) => {
    const here: Site = { ...site, player, c, part: "task", signal, message: undefined };
    return world.play(here, script);
  });
  if (cancels) task.cancel();
}

/** Sets a timer, whose action runs as a message. */
export function startTimer(
  world: World,
  site: Site,
  { every, ms, script }: Extract<Act, { readonly do: "timer" }>,
): undefined {
  const { c } = site;
  if (c === undefined) return;
  const action = (): unknown => runInside(world, c, "a timer", script);
  if (every) c.every("tick", Math.max(10, ms), action);
  else c.after("once", ms, action);
}

/** Starts a pipe whose items are messages of the scenario. */
export function startPipe(
  world: World,
  { c, sender }: Site,
  pipe: Extract<Act, { readonly do: "pipe" }>,
): undefined {
  if (c === undefined) return;
  const { maxInFlight, tells } = pipe;
  const pipeName = world.newSender(`${sender} pipe`);
  const send = (script: Script): Message => world.ledger.send(pipeName, script, "loose", false);
  const told = tells ? { onEnd: "over", onError: "broken" } : {};
  c.pipe(sourceOf(pipe, send), "run", { maxInFlight, ...told });
}

function sourceOf(
  { source, items, hangs }: PipePlan,
  send: (script: Script) => Message,
): PipeSource<Message> {
  async function* read(): AsyncGenerator<Message> {
    for (const script of items) yield send(script);
    if (source === "failing") throw new ScriptError("the source fails");
    if (hangs) await forever();
  }
  const [first] = items;
  switch (source) {
    case "promise":
      return first === undefined || hangs ? forever() : Promise.resolve(send(first));
    case "rejected":
      return Promise.reject(new ScriptError("the promise is rejected"));
    case "items":
    case "failing":
      return read();
    case "stream":
      return ReadableStream.from(read());
    case "function":
      return () => read();
    case "throwing":
      return () => {
        throw new ScriptError("the source cannot be opened");
      };
  }
}

/** Listens to the abort of the task, or else of the actor's life. The script may end whatever it likes. */
export function onAbort(world: World, site: Site, script: Script): undefined {
  const signal = site.signal ?? site.c?.signal;
  const listen = (): void => {
    try {
      const sender = world.newSender(`${site.sender} abort`);
      world.play({ ...site, sender, part: "listener", message: undefined }, script);
    } catch {
      // Node would end the process because of an error of the listener itself.
    }
  };
  signal?.addEventListener("abort", listen, { once: true });
}

/** Waits for something, in asynchronous scripts. */
export function waitFor(
  world: World,
  site: Site,
  { what, to }: Extract<Act, { readonly do: "wait" }>,
): unknown {
  const { c, signal = c?.signal } = site;
  switch (what) {
    case "turn":
      return nextTurn();
    case "gate":
      return world.gate.opened;
    case "signal":
      if (signal === undefined || signal.aborted) return undefined;
      return new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    case "ready":
      return world.troupe.find(to, site)?.whenReady();
    case "stopped":
      return world.troupe.find(to, site)?.whenStopped();
    case "forever":
      return forever();
  }
}
