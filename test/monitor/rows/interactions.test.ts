import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRef, createTopic, defineActor, defineKeyedActor } from "../../../src/index.ts";
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
