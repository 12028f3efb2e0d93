import { type Exposed, expose } from "../../src/gateway/expose/expose.ts";
import { unchecked } from "../../src/gateway/expose/unchecked.ts";
import {
  defineKeyedActor,
  type KeyedAddress,
  type KeyedRef,
  PublicError,
  queue,
} from "../../src/index.ts";
import { Gate } from "./actor-waiting.ts";
import { openOutside } from "./outside-world.ts";

/** Text that no answer may have. */
export const SECRET = "s3cret";

/** What some handlers wait for; each test has its own gate. */
export const waits: { gate: Gate } = { gate: new Gate() };

type Known = KeyedAddress<undefined, KeyedRef<unknown>>;

export const desk: Known = defineKeyedActor("desk", {
  state: () => ({ value: null as unknown }),
  maxStateBytes: 128,
  mailbox: { limit: 2 },
  restart: { policy: "never" },
  queues: {
    work: queue<string>({ maxAttempts: 1, maxBytes: 16 }),
    full: queue<string>({ maxDepth: 1 }),
  },
  handlers: {
    set: (c, value: unknown) => {
      c.state.value = value;
    },
    setDate: (c) => {
      c.state.value = new Date(0);
    },
    wait: () => waits.gate.opened,
    boom() {
      throw new TypeError(SECRET);
    },
    deny() {
      throw new PublicError("you may not", { code: "DENIED", status: 403, data: { left: 1 } });
    },
    fail: (c) => {
      c.spawnTask("failing", () => Promise.reject(new Error(SECRET)));
    },
    itself: (c) => c.self.ask["set"]?.(1),
    other: (c) => c.system.get(desk2, "b").ask.wait(),
    badKey: (c) => c.system.get(desk2, SECRET.repeat(1_000)).ask.wait(),
    big: () => 10n,
    cycle() {
      const value: { self?: unknown } = {};
      value.self = value;
      return value;
    },
    toFunction: () => () => 1,
    long: () => "x".repeat(100),
    delegate(c) {
      return c.delegateReply<string>();
    },
    destroy: (c) => c.destroy(),
  },
  async run(c) {
    for await (const message of c.queue.work) message.retry({ error: new Error(SECRET) });
  },
});
const desk2 = defineKeyedActor("desk2", {
  mailbox: { limit: 1 },
  handlers: { wait: () => waits.gate.opened },
});
const broken = defineKeyedActor("broken", {
  onWake() {
    throw new TypeError(SECRET);
  },
  handlers: { f() {} },
});
export const needy: KeyedAddress<{ readonly n: number }, KeyedRef<unknown>> = defineKeyedActor(
  "needy",
  {
    state: (input: { readonly n: number }) => ({ ...input }),
    handlers: { n: (c) => c.state.n },
  },
);
const doomed = defineKeyedActor("doomed", { onWake: (c) => c.destroy(), handlers: { f: () => 1 } });
const phoenix = defineKeyedActor("phoenix", {
  handlers: {
    delegate: (c) => c.delegateReply<string>(),
    fail(c) {
      c.spawnTask("failing", () => Promise.reject(new Error(SECRET)));
    },
  },
});
const knot = defineKeyedActor("knot", {
  messages: {} as { call(path: readonly string[]): Promise<string> },
  handlers: {
    async call(c, [next, ...path]): Promise<string> {
      return next === undefined ? "end" : await c.system.get(knot, next).ask.call(path);
    },
  },
});
const picky = defineKeyedActor("picky", {
  onWake() {
    throw new PublicError("closed today", { code: "CLOSED", status: 410 });
  },
  handlers: { f() {} },
});

const messages = [
  "set",
  "setDate",
  "wait",
  "boom",
  "deny",
  "fail",
  "itself",
  "other",
  "badKey",
  "big",
  "cycle",
  "toFunction",
  "long",
  "delegate",
  "destroy",
];
export const all: Readonly<Record<string, typeof unchecked>> = Object.fromEntries(
  messages.map((name) => [name, unchecked]),
);
/** Exposes messages whatever their arguments are. */
export function exposeAll(
  definition: KeyedAddress<never, unknown>,
  options: {
    readonly calls: Readonly<Record<string, typeof unchecked>>;
    readonly queues?: Readonly<Record<string, typeof unchecked>>;
    readonly create?: boolean;
  },
): Exposed<string, unknown> {
  return expose(definition as never, options as never);
}

const exposed = [
  exposeAll(desk, { calls: all, queues: { work: unchecked, full: unchecked } }),
  exposeAll(desk2, { calls: { wait: unchecked } }),
  exposeAll(broken, { calls: { f: unchecked } }),
  exposeAll(needy, { calls: { n: unchecked } }),
  exposeAll(doomed, { calls: { f: unchecked } }),
  exposeAll(phoenix, { calls: { delegate: unchecked, fail: unchecked } }),
  exposeAll(knot, { calls: { call: unchecked } }),
  exposeAll(picky, { calls: { f: unchecked } }),
];

export function open(
  options: Parameters<typeof openOutside>[1] = {},
): ReturnType<typeof openOutside> {
  waits.gate = new Gate();
  return openOutside(exposed, options);
}
