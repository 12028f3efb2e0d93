import { type Context, context, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";
import { nextTurn, pause } from "../../src/base/node-timers.ts";
import { passTimeUntil } from "../_support/actor-system.ts";
import { Gate, until } from "../_support/actor-waiting.ts";
import type { Player } from "./cast.ts";
import { checkAfterwards, checkEnd, checkMetrics, checkNow } from "./checks.ts";
import { makeDefinitions } from "./definitions.ts";
import { kindOf } from "./ledger.ts";
import type { Plan, Step } from "./plan.ts";
import { play } from "./play.ts";
import { World } from "./world.ts";

/** Turns in which everything that can go on without time passing does so. */
const TURNS = 4;

/** How a scenario went. */
export interface Outcome {
  readonly problems: readonly string[];
  readonly messages: number;
  readonly actors: number;
}

/** The scenario that is being performed, to which unhandled rejections belong. */
let current: World | undefined;

/** Counts every rejection that nothing handles, and every exception that nothing catches, as a problem. */
export function watchProcess(): Disposable {
  const onRejection = (reason: unknown): void => {
    current?.problem(`unhandled rejection: ${kindOf(reason)}`);
  };
  const onException = (error: unknown): void => {
    current?.problem(`uncaught exception: ${kindOf(error)}`);
  };
  process.on("unhandledRejection", onRejection);
  process.on("uncaughtException", onException);
  return {
    [Symbol.dispose]() {
      process.off("unhandledRejection", onRejection);
      process.off("uncaughtException", onException);
    },
  };
}

/** Performs the scenario of a plan, and returns what did not hold. */
export async function perform(plan: Plan): Promise<Outcome> {
  const world = new World(plan, play);
  current = world;
  try {
    world.definitions = makeDefinitions(world);
    await performSteps(world);
    await performEnd(world);
  } catch (error) {
    world.problem(`the scenario itself failed: ${kindOf(error)}`);
  } finally {
    current = undefined;
  }
  return {
    problems: world.problems,
    messages: world.ledger.messages.length,
    actors: world.troupe.players.length,
  };
}

async function performSteps(world: World): Promise<void> {
  for (const [number, step] of world.plan.steps.entries()) {
    await take(world, step);
    greetArrivals(world);
    checkNow(world, number);
    if (world.problems.length > 0) return;
  }
}

async function performEnd(world: World): Promise<void> {
  const { clock } = world;
  const closed = world.outside(() => world.ending.request());
  const report = await (clock === undefined ? closed : passTimeUntil(clock, closed));
  checkEnd(world, report);
  greetArrivals(world);
  openGate(world);
  if (clock === undefined) await settleReally(world);
  else await clock.advance(10_000); // what outlived its actor comes back now
  await turns();
  checkAfterwards(world);
  await checkMetrics(world);
}

/** With the real clock, time-outs still pass. */
async function settleReally(world: World): Promise<void> {
  await until(() => world.ledger.asks.every(({ settled }) => settled) && world.pending.size === 0);
}

async function take(world: World, step: Step): Promise<void> {
  switch (step.do) {
    case "act": {
      const script = {
        acts: [step.act],
        mode: "sync",
        end: "return",
        value: 0,
        careless: false,
      } as const;
      world.outside(
        () => play(world, world.site("outside", "outside"), script),
        traceOf(world, step.trace),
      );
      return;
    }
    case "advance":
      return world.clock === undefined ? pause(step.ms, true) : world.clock.advance(step.ms);
    case "turn":
      return turns();
    case "gate":
      openGate(world);
      return turns();
  }
}

function openGate(world: World): void {
  world.gate.open();
  world.gate = new Gate();
}

/** Watches what new actors promise, as code outside actors. */
function greetArrivals(world: World): void {
  for (const { ref } of world.troupe.arrivals.splice(0) as Player[]) {
    if (ref === undefined) continue;
    world.outside(() => {
      world.mustSettle(ref.whenReady(), `the start of ${ref.id}`);
      world.mustSettle(ref.whenStopped(), `the end of ${ref.id}`);
    });
  }
}

function traceOf({ spans }: World, wanted: "none" | "unsampled" | "sampled"): Context {
  switch (wanted) {
    case "none":
      return ROOT_CONTEXT;
    case "unsampled": {
      const ids = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
      return trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: TraceFlags.NONE });
    }
    case "sampled": {
      const span = spans.provider.getTracer("scenario").startSpan("caller");
      span.end();
      return trace.setSpan(context.active(), span);
    }
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
}
