import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor, type KeyedContext } from "../../../src/index.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import {
  allAsleep,
  failureOf,
  type OpenKeyed,
  openKeyed,
  WatchedStore,
} from "../../_support/keyed.ts";
import { assertChildOf, inCaller, spanNamed } from "../../_support/telemetry-spans.ts";

interface Log {
  readonly steps: string[];
}

/** A definition whose hooks write what runs when. */
function defineLogged({ steps }: Log, fails?: string) {
  const note = (step: string): void => {
    steps.push(step);
    if (step === fails) throw new Error(`${step} failed`);
  };
  return defineKeyedActor("logged", {
    version: 2,
    migrate: (old: unknown) => {
      note("migrate");
      return old as { total: number };
    },
    state: (input: { readonly start: number } = { start: 0 }) => {
      note("state");
      return { total: input.start };
    },
    vars: () => {
      note("vars");
      return { made: true };
    },
    handlers: {
      add(c, amount: number) {
        note("add");
        c.state.total += amount;
        return c.state.total;
      },
      crash() {
        throw new Error("crash");
      },
      vars: (c) => c.vars,
    },
    onCreate: (_c, input) => note(`onCreate ${JSON.stringify(input)}`),
    onWake: (c) => note(`onWake ${c.generation} ${c.vars.made}`),
    onSleep: (_c, reason) => note(`onSleep ${reason}`),
    onDestroy: () => note("onDestroy"),
    async run(c) {
      note(`run ${c.state.total}`);
      await new Promise((_resolve, reject) => {
        c.signal.addEventListener("abort", reject, { once: true });
      });
    },
    taskDeadlineMs: 10,
  });
}

describe("the hooks of a keyed actor", () => {
  it("run in order: once in its life, in each activation, and at its end", async () => {
    const log: Log = { steps: [] };
    const logged = defineLogged(log);
    await using open = openKeyed();
    const ref = open.system.get(logged, "a", { input: { start: 3 } });

    assert.equal(await ref.ask.add(1), 4);
    const [asleep] = [ref.sleep()];
    await open.clock.advance(2_000);
    await asleep;
    assert.deepEqual(log.steps, [
      "state",
      'onCreate {"start":3}',
      "vars",
      "onWake 1 true",
      "run 3",
      "add",
      "onSleep requested",
    ]);
    log.steps.length = 0;
    assert.equal(await ref.ask.add(1), 5);

    assert.deepEqual(log.steps, ["vars", "onWake 2 true", "run 4", "add"]);
    log.steps.length = 0;
    const destroyed = ref.destroy();
    await open.clock.advance(2_000);
    await destroyed;
    assert.deepEqual(log.steps, ["onDestroy"]);
    assert.deepEqual(await open.store.allKeys(), []);
  });

  it("begin again with what is stored after a failure, in the same generation", async () => {
    const log: Log = { steps: [] };
    await using open = openKeyed();
    const ref = open.system.get(defineLogged(log), "a");
    await ref.ask.add(1);
    log.steps.length = 0;

    ref.tell.crash();
    await open.clock.advance(2_000);

    assert.equal(await ref.ask.add(1), 2);
    assert.deepEqual(log.steps, ["vars", "onWake 1 true", "run 1", "add"]);
    assert.deepEqual(await ref.ask.vars(), { made: true });
    const asleep = ref.sleep();
    await open.clock.advance(2_000);
    await asleep;
  });

  it("of a restart before the first commit create the actor again", async () => {
    const log: Log = { steps: [] };
    await using open = openKeyed();
    const ref = open.system.get(defineLogged(log), "a");

    ref.tell.crash();
    await open.clock.advance(2_000);

    const creations = log.steps.filter((step) => step === "onCreate undefined");
    assert.equal(creations.length, 2);
    const asleep = ref.sleep();
    await open.clock.advance(2_000);
    await asleep;
  });
});

describe("the steps of a start", () => {
  const phasesOf = ({ telemetry }: OpenKeyed): string[] =>
    telemetry
      .logs()
      .filter(({ event }) => event === "actor.startup.phase")
      .map(({ phase, owner, is_new, outcome }) => `${phase} ${owner} ${is_new} ${outcome}`);

  it("are spans, points and lines: those of a new actor, then those of one that exists", async () => {
    const logged = defineLogged({ steps: [] });
    await using open = openKeyed();
    const { telemetry, system } = open;
    const ref = system.get(logged, "a");

    await inCaller(telemetry, () => ref.ask.add(1));

    assert.deepEqual(phasesOf(open), [
      "load internal true ok",
      "state user true ok",
      "on_create user true ok",
      "vars user true ok",
      "on_wake user true ok",
    ]);
    const start = spanNamed(telemetry, "logged start");
    assertChildOf(spanNamed(telemetry, "logged start load"), start);
    for (const phase of ["state", "on_create", "vars", "on_wake"]) {
      assertChildOf(spanNamed(telemetry, `logged start ${phase}`), start);
    }
    assert.equal(start.spanContext().traceId, spanNamed(telemetry, "caller").spanContext().traceId);
    assert.equal(spanNamed(telemetry, "logged start vars").attributes["actor.key"], "a");
    const points = await telemetry.points("actor.startup.phase.duration");
    assert.deepEqual(points.map(({ attributes }) => attributes["actor.startup.phase"]).toSorted(), [
      "load",
      "on_create",
      "on_wake",
      "state",
      "vars",
    ]);
    const asleep = ref.sleep();
    await open.clock.advance(2_000);
    await asleep;
    await ref.ask.add(1);
    assert.deepEqual(phasesOf(open).slice(5), [
      "load internal false ok",
      "vars user false ok",
      "on_wake user false ok",
    ]);
    const totals = await telemetry.points("actor.startup.duration");
    assert.equal(totals.length, 2);
  });

  it("of a hook that throws end with it, and the asker gets its error", async () => {
    for (const fails of ["state", "onCreate undefined", "vars", "onWake 1 true"]) {
      const log: Log = { steps: [] };
      await using open = openKeyed();
      const ref = open.system.get(defineLogged(log, fails), "a");

      const failure = await failureOf(ref.ask.add(1));

      const { code, cause } = failure;
      assert.deepEqual([code, cause], ["ERR_START_FAILED", `${fails} failed`]);
      assert.match(phasesOf(open).at(-1) ?? "", /user true error$/);
      await allAsleep(open);
      assert.deepEqual(await open.store.allKeys(), [], "nothing is stored");
    }
  });

  it("that wait for an earlier activation have a step of their own", async () => {
    const gate = new Gate();
    const slow = defineKeyedActor("slow", {
      handlers: { ping: () => "pong" },
      onSleep: () => gate.opened,
    });
    await using open = openKeyed();
    const ref = open.system.get(slow, "a");
    await ref.ask.ping();
    void ref.sleep();
    await settleTurns();

    const asked = ref.ask.ping();
    await settleTurns();
    gate.open();

    assert.equal(await asked, "pong");
    assert.deepEqual(phasesOf(open).slice(1), [
      "previous internal false ok",
      "load internal false ok",
    ]);
  });

  it("that a kill cuts short end as killed", async () => {
    const logged = defineLogged({ steps: [] });
    const store = new WatchedStore();
    store.loadGate = new Gate();
    await using open = openKeyed({}, store);
    const ref = open.system.get(logged, "a");
    const code = codeOf(ref.ask.add(1));
    await settleTurns();

    ref.kill();

    assert.equal(await code, "ERR_ACTOR_KILLED");
    store.loadGate.open();
    await settleTurns();
    assert.deepEqual(phasesOf(open), ["load internal false killed"]);
    const [span] = open.telemetry.spansNamed("logged start load");
    assert.notEqual(span, undefined);
    assert.deepEqual(await store.allKeys(), []);
  });

  it("take two round trips to the store, with all that the first message changes", async () => {
    const counter = defineKeyedActor("counter", {
      state: () => ({ total: 0 }),
      onCreate: (c) => c.log.debug("created"),
      handlers: { add: (c, by: number) => (c.state.total += by) },
    });
    await using open = openKeyed();
    const ref = open.system.get(counter, "a");

    assert.equal(await ref.ask.add(1), 1);
    assert.equal(open.store.roundTrips, 2, "a new actor");
    await ref.sleep();
    assert.equal(open.store.roundTrips, 2, "nothing had changed");
    assert.equal(await ref.ask.add(1), 2);
    assert.equal(open.store.roundTrips, 4, "an existing actor");

    const trips = await open.telemetry.value("actor.storage.round_trips");
    assert.equal(trips, 4);
    const lookups = await open.telemetry.value("actor.storage.preload.lookups");
    assert.ok(lookups !== undefined && lookups >= 4, "record and state, twice");
  });
});

describe("the input of a keyed actor", () => {
  const limited = defineKeyedActor("limited", {
    state: (input: { readonly perMinute: number }) => ({ ...input }),
    handlers: { get: (c) => c.state.perMinute },
  });

  it("is used if the actor does not exist yet", async () => {
    await using open = openKeyed();

    assert.equal(await open.system.get(limited, "a", { input: { perMinute: 5 } }).ask.get(), 5);
    assert.equal(await open.system.get(limited, "a", { input: { perMinute: 9 } }).ask.get(), 5);
    assert.equal(await open.system.get(limited, "a").ask.get(), 5);
  });

  it("is missed with a code of its own", async () => {
    await using open = openKeyed();

    const { code, causeCode } = await failureOf(open.system.get(limited, "a").ask.get());

    assert.deepEqual([code, causeCode], ["ERR_START_FAILED", "ERR_INPUT_MISSING"]);
  });
});

describe("the input of a keyed actor that may be missing", () => {
  it("has a default", async () => {
    const optional = defineKeyedActor("optional", {
      state: (input: { readonly n: number } = { n: 1 }) => ({ ...input }),
      handlers: { get: (c) => c.state.n },
    });
    await using open = openKeyed();

    assert.equal(await open.system.get(optional, "a").ask.get(), 1);
  });

  it("is `undefined` for a factory with two parameters, whose error then is that it is missing", async () => {
    const keyed = defineKeyedActor("keyed", {
      state: (input: { readonly n: number } | undefined, key: readonly string[]) => {
        if (key[0] === "strict" && input === undefined) throw new Error("no input");
        return { n: input?.n ?? key.length };
      },
      handlers: { get: (c) => c.state.n },
    });
    await using open = openKeyed();

    assert.equal(await open.system.get(keyed, "a").ask.get(), 1);
    const strict = open.system.get(keyed, "strict").ask.get();
    assert.equal((await failureOf(strict)).causeCode, "ERR_INPUT_MISSING");
  });
});

describe("a start that has failed", () => {
  it("answers further messages to the key for a second, and is then tried again", async () => {
    let starts = 0;
    const broken = defineKeyedActor("broken", {
      handlers: { ping: () => "pong" },
      onWake() {
        starts += 1;
        if (starts === 1) throw new Error("no");
      },
    });
    await using open = openKeyed();
    const ref = open.system.get(broken, "a");
    assert.equal(await codeOf(ref.ask.ping()), "ERR_START_FAILED");

    assert.equal(await codeOf(ref.ask.ping()), "ERR_START_FAILED");
    assert.equal(await codeOf(ref.whenReady()), "ERR_START_FAILED");
    assert.equal(starts, 1);
    await open.clock.advance(1_000);

    assert.equal(await ref.ask.ping(), "pong");
    await until(() => starts === 2);
  });

  it("because its records cannot be loaded is not tried again by supervision", async () => {
    const store = new WatchedStore();
    store.loadError = new Error("disk");
    const plain = defineKeyedActor("plain", { handlers: { ping: () => "pong" } });
    await using open = openKeyed({}, store);

    const { code, cause } = await failureOf(open.system.get(plain, "a").ask.ping());

    assert.deepEqual([code, cause], ["ERR_START_FAILED", "disk"]);
    assert.equal(store.loads, 1);
  });

  it("because a function that has to be synchronous returns a promise is reported as that", async () => {
    await using open = openKeyed();
    const early = defineKeyedActor("early", {
      state: () => Promise.reject(new Error("no database")) as never,
      handlers: { get: () => 1 },
    });

    const failure = await failureOf(open.system.get(early, "a").ask.get());

    assert.deepEqual([failure.code, failure.causeCode], ["ERR_START_FAILED", "ERR_STATE_INVALID"]);
    assert.match(String(failure.cause), /`state` has returned a promise/);
  });
});

describe("a promise that `vars` returns", () => {
  it("is awaited before onWake, and fails the start if it rejects", async () => {
    await using open = openKeyed();
    const connected = defineKeyedActor("connected", {
      vars: async (c) => {
        await Promise.resolve();
        if (c.key[0] === "b") throw new Error("no connection");
        return { connection: `of ${c.key[0]}` };
      },
      onWake: (c) => assert.equal(c.vars.connection, "of a"),
      handlers: { get: (c) => c.vars.connection },
    });

    assert.equal(await open.system.get(connected, "a").ask.get(), "of a");
    const failure = await failureOf(open.system.get(connected, "b").ask.get());
    assert.deepEqual([failure.code, failure.cause], ["ERR_START_FAILED", "no connection"]);
  });
});

/** Keeps the compiler's word that a context has no `stop`. */
export type HasNoStop = "stop" extends keyof KeyedContext<undefined> ? never : true;
