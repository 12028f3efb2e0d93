import fc from "fast-check";
import type { Directive, RestartPolicy, SupervisionStrategy, WhenFull } from "../../src/index.ts";

/** What an actor of a scenario does with a message. */
const ACTS = [
  "reply",
  "throw",
  "throwText",
  "replyLater",
  "throwLater",
  "wait",
  "waitForSignal",
  "hang",
  "stop",
  "stopLater",
  "kill",
  "killLater",
  "task",
  "failingTask",
  "throwingTask",
  "deafTask",
  "timer",
  "failingTimer",
  "ticker",
  "child",
  "failingChild",
  "linkedChild",
  "stopThenThrow",
  "awaitOwnStop",
  "awaitOwnStopInTask",
  "tellSelf",
  "askSelf",
  "askSelfInTask",
  "forward",
  "forwardLater",
  "delegate",
  "delegateLater",
  "delegateToTask",
  "pipe",
  "pipeForEver",
  "failingPipe",
  "pool",
] as const;
export type Act = (typeof ACTS)[number];

/** How a hook behaves. */
const MOODS = ["none", "calm", "slow", "throws", "rejects", "sometimes"] as const;
export type Mood = (typeof MOODS)[number];

/** The definition a scenario's actors are made from. */
export interface Character {
  readonly limit: number;
  readonly whenFull: WhenFull;
  readonly policy: RestartPolicy;
  readonly strategy: SupervisionStrategy;
  /** How long restarts are put off; `undefined`: not at all. */
  readonly backoffMs: number | undefined;
  readonly hearsOfDeaths: boolean;
  readonly directive: Directive | "none" | "throws" | "kills";
  readonly onStart: Mood;
  readonly onStop: Mood;
}

/** One step of a scenario. Actors are chosen by number, round the table. */
export type Step =
  | { readonly do: "spawn"; readonly character: number }
  | { readonly do: "tell"; readonly actor: number; readonly act: Act; readonly timeoutMs: number }
  | { readonly do: "ask"; readonly actor: number; readonly act: Act; readonly timeoutMs: number }
  | { readonly do: "stop" | "kill" | "abortedAsk"; readonly actor: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "openGate" | "turn" };

export interface Scenario {
  /** Whether spans are recorded, where there is an SDK. */
  readonly tracing: boolean;
  readonly characters: readonly Character[];
  readonly steps: readonly Step[];
}

const actor = fc.nat({ max: 5 });
const timeoutMs = fc.constantFrom(0, 5, 30, 400);

const character: fc.Arbitrary<Character> = fc.record({
  limit: fc.integer({ min: 1, max: 3 }),
  whenFull: fc.constantFrom("reject", "wait"),
  policy: fc.constantFrom("permanent", "transient", "never"),
  strategy: fc.constantFrom("one_for_one", "one_for_all", "rest_for_one"),
  backoffMs: fc.constantFrom(undefined, undefined, 5, 300),
  hearsOfDeaths: fc.boolean(),
  directive: fc.constantFrom(
    "none",
    "none",
    "resume",
    "restart",
    "stop",
    "escalate",
    "throws",
    "kills",
  ),
  onStart: fc.constantFrom("none", "none", ...MOODS),
  onStop: fc.constantFrom("none", ...MOODS),
});

const message = { actor, act: fc.constantFrom(...ACTS), timeoutMs };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("spawn"), character: fc.nat({ max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("tell"), ...message }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("ask"), ...message }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("stop", "kill", "abortedAsk"), actor }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("advance"), ms: fc.constantFrom(1, 10, 60, 500) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("openGate", "turn", "turn") }) },
);

/** Any scenario, with or without an SDK. */
export const scenario: fc.Arbitrary<Scenario> = fc.record({
  tracing: fc.boolean(),
  characters: fc.array(character, { minLength: 1, maxLength: 3 }),
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
});
