import { ScriptDrawing, type Times } from "./draw-script.ts";
import type { DefinitionPlan, Plan, Step, WorldPlan } from "./plan.ts";
import { Random } from "./random.ts";

/** Share of the scenarios that run on the real clock, with short times. */
const REAL_CLOCK = 0.03;

const MANUAL_TIMES: Times = {
  calls: [undefined, undefined, undefined, 0, 5, 30, 400],
  timers: [0, 1, 10, 60, 3_000],
};
const REAL_TIMES: Times = { calls: [undefined, 0, 2, 10], timers: [0, 1, 5] };

function drawWorld(random: Random, drawing: ScriptDrawing, real: boolean): WorldPlan {
  return {
    clock: real ? "real" : "manual",
    sdk: random.chance(0.6) ? "present" : "absent",
    tracing: random.chance(0.85),
    rootSampleRatio: random.pick([1, 1, 0.5, 0]),
    logLevel: random.weighted({ debug: 5, info: 2, silent: 2 }),
    onDeadlock: random.pick(["report", "reject"]),
    monitor: random.chance(0.85),
    askTimeoutMs: real ? 25 : random.pick([50, 5_000]),
    shutdownDeadlineMs: real ? 40 : random.pick([100, 1_000, 10_000]),
    topics: random.times(2, () => random.pick(["drop", "wait", "disconnect"])),
    onDeadLetter: drawing.hook(0.2, "sync"),
    onDeadlockEvent: drawing.hook(0.2, "sync"),
    onLogLine: drawing.hook(0.08, "sync"),
  };
}

function drawDefinition(random: Random, drawing: ScriptDrawing, real: boolean): DefinitionPlan {
  const stateless = random.chance(0.3);
  return {
    limit: random.pick([1, 2, 3, 100]),
    whenFull: random.pick(["reject", "wait"]),
    policy: random.pick(["permanent", "permanent", "transient", "never"]),
    maxRestarts: random.pick([0, 2, 5]),
    backoffMs: random.chance(0.7) ? undefined : random.pick(real ? [1, 3] : [5, 300]),
    strategy: random.pick(["one_for_one", "one_for_all", "rest_for_one"]),
    childRestarts: random.pick([undefined, 2, 4]),
    taskDeadlineMs: real ? 5 : random.pick([40, 400]),
    stopDeadlineMs: real ? 20 : random.pick([100, 400, 3_000]),
    directive: random.weighted({ none: 6, resume: 1, restart: 1, stop: 1, escalate: 1 }),
    stateless,
    state: stateless ? undefined : drawing.hook(0.2, "sync"),
    onStart: drawing.hook(0.3),
    onStop: drawing.hook(0.3),
    onFailure: drawing.hook(0.2, "sync"),
    onTerminated: drawing.hook(0.3),
  };
}

function drawSteps(random: Random, drawing: ScriptDrawing, real: boolean): Step[] {
  const kind = random.weighted({ act: 10, burst: 0.7, advance: 2, turn: 3, gate: 0.7 });
  switch (kind) {
    case "act": {
      const trace = random.weighted({ none: 6, unsampled: 1, sampled: 1 });
      return [{ do: kind, act: drawing.outside(), trace }];
    }
    case "burst": {
      const n = random.integer(0, 30);
      const calls = random.times(random.integer(3, 6), () => drawing.callOf(n));
      return calls.map((act): Step => ({ do: "act", act, trace: "none" }));
    }
    case "advance":
      return [{ do: kind, ms: random.pick(real ? [0, 1, 3] : [0, 1, 10, 60, 500, 3_000]) }];
    case "turn":
    case "gate":
      return [{ do: kind }];
  }
}

/** Steps that make a few actors, so that there is something to happen to. */
function drawBeginning(random: Random, drawing: ScriptDrawing): Step[] {
  const acts = [
    ...random.times(random.integer(1, 3), () => drawing.spawn()),
    ...random.times(random.integer(0, 3), () => drawing.family()),
  ];
  const steps = acts.map((act): Step => ({ do: "act", act, trace: "none" }));
  return [...steps, { do: "turn" }];
}

/** Draws the plan of a scenario. The same seed always gives the same plan. */
export function drawPlan(seed: number): Plan {
  const random = new Random(seed);
  const real = random.chance(REAL_CLOCK);
  const drawing = new ScriptDrawing(random, real ? REAL_TIMES : MANUAL_TIMES);
  return {
    world: drawWorld(random, drawing, real),
    definitions: random.times(random.integer(1, 4), () => drawDefinition(random, drawing, real)),
    steps: [
      ...drawBeginning(random, drawing),
      ...random
        .times(random.integer(6, real ? 16 : 40), () => drawSteps(random, drawing, real))
        .flat(),
    ],
  };
}
