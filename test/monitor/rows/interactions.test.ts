import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type ActorRef,
  createTopic,
  defineActor,
  defineKeyedActor,
  type MonitoredSystem,
} from "../../../src/index.ts";
import { interactionsOf } from "../../../src/monitor/system-access.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, forever, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { edgeOf, edgesOf } from "../../_support/interactions.ts";
import { openKeyed } from "../../_support/keyed.ts";

const sink = defineActor("sink", {
  mailbox: { limit: 2 },
  handlers: {
    add: (_c, by: number) => by,
    fail(): void {
      throw new Error("no");
    },
    hold: (_c, gate: Gate) => gate.opened,
    never: () => forever(),
  },
});
type Sink = ActorRef<typeof sink.options.handlers>;

const source = defineActor("source", {
  state: (to: Sink) => ({ to }),
  handlers: {
    tell: (c, times: number) => {
      for (let at = 0; at < times; at += 1) c.state.to.tell.add(at);
    },
    async tellLater(c) {
      await settleTurns();
      c.state.to.tell.add(1);
    },
    ask: (c) => c.state.to.ask.add(1),
    askToFail: (c) => codeOf(c.state.to.ask.fail()),
    tellToFail: (c) => c.state.to.tell.fail(),
    forward: (c) => c.forward(c.state.to).add(1),
    forwardToFail: (c) => c.forward(c.state.to).fail(),
    later: (c) => void c.after("later", 100, () => {}),
    laterToFail(c) {
      c.after("bad", 100, () => {
        throw new Error("no");
      });
    },
    task(c) {
      c.spawnTask("work", async () => c.state.to.tell.add(1));
    },
    publish: (_c, topic: ReturnType<typeof createTopic<number>>) => topic.publish(1),
    watch: (c, other: ActorRef<unknown>) => void c.watch(other),
  },
  onTerminated() {},
});

describe("the edges between types of actors", () => {
  it("have the messages that the program has sent, and those of an actor's handlers and tasks", async () => {
    await using open = openSystem();
    const { system } = open;
    const to = system.spawn(sink);
    const from = system.spawn(source, { input: to });

    to.tell.add(1);
    await from.ask.tell(2);
    await from.ask.tellLater();
    await from.ask.task();
    await from.ask.ask();
    await to.ask.add(1);

    assert.deepEqual(edgesOf(system), {
      "(program)>sink": [2, 0],
      "(program)>source": [4, 0],
      "source>sink": [5, 0],
    });
  });

  it("have the asks that failed, and the other messages that were lost, refused, or whose handler failed", async () => {
    await using open = openManualSystem();
    const { system, clock } = open;
    const to = system.spawn(sink);
    const from = system.spawn(source, { input: to });
    const gate = new Gate();

    await from.ask.askToFail();
    await from.ask.tellToFail();
    await settleTurns();
    assert.deepEqual(edgesOf(system)["source>sink"], [2, 2]);

    const held = to.ask.hold(gate);
    await settleTurns();
    assert.equal(await codeOf(from.ask.tell(3)), "ERR_MAILBOX_FULL");
    assert.deepEqual(edgesOf(system)["source>sink"], [5, 3]);
    gate.open();
    await held;
    await settleTurns();

    to.kill();
    await from.ask.tell(1);
    assert.deepEqual(edgesOf(system)["source>sink"], [6, 4]);
    assert.equal(await codeOf(from.ask.ask()), "ERR_ACTOR_KILLED");
    assert.deepEqual(edgesOf(system)["source>sink"], [7, 5]);
    assert.deepEqual(edgesOf(system)["(program)>sink"], [1, 0]);
    await clock.advance(1);
  });

  it("count an ask that times out once, whenever its reply comes", async () => {
    await using open = openManualSystem();
    const { system, clock } = open;
    const to = system.spawn(sink);
    const gate = new Gate();

    const late = codeOf(to.with({ timeoutMs: 100 }).ask.hold(gate));
    const abandoned = codeOf(to.with({ timeoutMs: 100 }).ask.add(1));
    await clock.advance(200);
    assert.deepEqual([await late, await abandoned], ["ERR_ASK_TIMEOUT", "ERR_ASK_TIMEOUT"]);
    gate.open();
    await settleTurns();

    assert.deepEqual(edgesOf(system), { "(program)>sink": [2, 2] });
    const { p50Ms, p95Ms } = edgeOf(system, "(program)>sink") ?? {};
    assert.ok(Number(p50Ms) >= 50 && Number(p95Ms) <= 200, `${p50Ms} and ${p95Ms}`);
  });

  it("lead from a type to itself for its timers", async () => {
    await using open = openManualSystem();
    const { system, clock } = open;
    const from = system.spawn(source, { input: system.spawn(sink) });
    await from.ask.later();
    await from.ask.laterToFail();

    await clock.advance(100);

    assert.deepEqual(edgesOf(system)["source>source"], [2, 1]);
  });

  it("lead from the type that ended to those that watch it", async () => {
    await using open = openSystem();
    const { system } = open;
    const to = system.spawn(sink);
    const from = system.spawn(source, { input: to });
    await from.ask.watch(to);

    await to.stop();
    await until(() => edgesOf(system)["sink>source"] !== undefined);

    assert.deepEqual(edgesOf(system)["sink>source"], [1, 0]);
  });

  it("lead from those who publish to a topic to its subscribers", async () => {
    await using open = openSystem();
    const { system } = open;
    const topic = createTopic<number>("numbers");
    const to = system.spawn(sink);
    topic.subscribe(to, "add");
    const from = system.spawn(source, { input: to });

    topic.publish(1);
    await from.ask.publish(topic);

    const { "(program)>sink": byProgram, "source>sink": bySource } = edgesOf(system);
    assert.deepEqual(
      [byProgram, bySource],
      [
        [1, 0],
        [1, 0],
      ],
    );
  });

  it("lead to the actor that an ask was made to, and from there to the one it was forwarded to", async () => {
    await using open = openSystem();
    const { system } = open;
    const from = system.spawn(source, { input: system.spawn(sink) });

    await from.ask.forward();
    await codeOf(from.ask.forwardToFail());

    assert.deepEqual(edgesOf(system), {
      "(program)>source": [2, 1],
      "source>sink": [2, 1],
    });
  });

  it("lead to the type of a pool's workers", async () => {
    await using open = openSystem();
    const { system } = open;
    const pool = system.spawnPool(sink, { size: 3 });

    await Promise.all([1, 2, 3, 4].map((by) => pool.ask.add(by)));

    assert.deepEqual(edgesOf(system), { "(program)>sink": [4, 0] });
  });

  it("have the messages with unknown names", async () => {
    await using open = openSystem();
    const { system } = open;
    const to = system.spawn(sink) as unknown as ActorRef<{ nope(): void }>;

    assert.equal(await codeOf(to.ask.nope()), "ERR_UNKNOWN_MESSAGE");

    assert.deepEqual(edgesOf(system), { "(program)>sink": [1, 1] });
  });
});

const keyed = defineKeyedActor("keyed", {
  messages: {} as { add(): number; plan(): void; destroy(): void },
  state: () => ({ count: 0 }),
  idleMs: 1_000,
  handlers: {
    add: (c) => (c.state.count += 1),
    plan: (c) => void c.schedule.after(100).add(),
    destroy: (c) => c.destroy(),
  },
});

describe("the edges to keyed actors", () => {
  it("lead from a type to itself for its schedules, and survive the end of its actors", async () => {
    await using open = openKeyed({ actors: [keyed] });
    const { system, clock } = open;
    const ref = system.get(keyed, "a");
    await ref.ask.plan();
    await clock.advance(150);
    await until(() => edgesOf(system)["keyed>keyed"] !== undefined);

    await ref.ask.destroy();
    await until(() => system.books().active === 0);

    assert.deepEqual(edgesOf(system), { "(program)>keyed": [2, 0], "keyed>keyed": [1, 0] });
    assert.equal(await ref.ask.add(), 1);
    assert.deepEqual(edgesOf(system)["(program)>keyed"], [3, 0]);
  });
});

describe("the recent messages of an edge", () => {
  const read = (open: { readonly system: MonitoredSystem }) => ({
    windowMs: interactionsOf(open.system, { limit: 10 }).windowMs,
    recent: edgeOf(open.system, "(program)>sink")?.recent,
  });

  it("are those of the last minute, or of the time since the start", async () => {
    await using open = openManualSystem();
    const { system, clock } = open;
    const to = system.spawn(sink);
    await to.ask.add(1);
    await clock.advance(10_000);

    assert.partialDeepStrictEqual(read(open), {
      windowMs: 10_000,
      recent: { sent: 1, perSecond: 0.1, failed: 0 },
    });

    for (let at = 0; at < 11; at += 1) {
      await to.ask.add(1);
      await clock.advance(10_000);
    }
    const { windowMs, recent } = read(open);
    assert.ok(windowMs >= 60_000 && windowMs <= 70_000, `${windowMs}`);
    assert.ok(recent?.sent === 6 || recent?.sent === 7, `${recent?.sent}`);
    assert.equal(recent?.perSecond, Math.round((Number(recent?.sent) * 1e6) / windowMs) / 1_000);
  });

  it("are none after a minute without messages, and then those after it", async () => {
    await using open = openManualSystem();
    const { system, clock } = open;
    const to = system.spawn(sink);
    for (let at = 0; at < 5; at += 1) await to.ask.add(1);
    await codeOf(to.ask.fail());
    await clock.advance(600_000);

    assert.partialDeepStrictEqual(read(open), {
      recent: { sent: 0, perSecond: 0, failed: 0, p95Ms: null },
    });
    await to.ask.add(1);
    assert.partialDeepStrictEqual(read(open), { recent: { sent: 1, failed: 0 } });
    assert.partialDeepStrictEqual(edgesOf(system), { "(program)>sink": [7, 1] });
  });

  it("are read for one type, and up to a limit", async () => {
    await using open = openSystem();
    const { system } = open;
    const from = system.spawn(source, { input: system.spawn(sink) });
    await from.ask.tell(2);
    await from.ask.ask();

    const rows = (filter: { type?: string; limit: number }) => {
      const { edges, hidden } = interactionsOf(system, filter);
      return [edges.map(({ sent }) => sent), hidden];
    };
    assert.deepEqual(rows({ limit: 10 }), [[3, 2], 0]);
    assert.deepEqual(rows({ limit: 1 }), [[3], 1]);
    assert.deepEqual(rows({ type: "sink", limit: 10 }), [[3], 0]);
    assert.deepEqual(rows({ type: "source", limit: 10 }), [[3, 2], 0]);
    assert.deepEqual(rows({ type: "none", limit: 10 }), [[], 0]);
  });
});

describe("a system with more pairs of types than have edges of their own", () => {
  it("has one edge to each type for the senders beyond the limit", async () => {
    await using open = openSystem();
    const { system } = open;
    const sinks = Array.from({ length: 40 }, (_, at) =>
      system.spawn(defineActor(`sink${at}`, { handlers: { add() {} } })),
    );
    for (let at = 0; at < 30; at += 1) {
      const everywhere = defineActor(`source${at}`, {
        handlers: {
          send() {
            for (const each of sinks) each.tell.add();
          },
        },
      });
      await system.spawn(everywhere).ask.send();
    }
    await settleTurns();

    const { edges } = interactionsOf(system, { limit: 10_000 });
    const own = edges.filter(({ fromKind }) => fromKind === "actor");
    const others = edges.filter(({ fromKind }) => fromKind === "other");
    assert.deepEqual([own.length, others.length], [1_000, 40]);
    assert.equal(
      edges.reduce((sum, { sent }) => sum + sent, 0),
      system.books().sent,
    );
  });
});
