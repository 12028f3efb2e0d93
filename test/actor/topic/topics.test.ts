import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, createTopic, defineActor, type Topic } from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { createProbe } from "../../../src/testing.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { until } from "../../_support/actor-waiting.ts";

describe("a topic", () => {
  it("sends each message to all that subscribed, in order, and says how many got it", async () => {
    await using open = openSystem();
    const topic = createTopic<string>("news");
    const probes = [createProbe<string>(open.system), createProbe<string>(open.system)];
    for (const { ref } of probes) topic.subscribe(ref, "receive");

    assert.deepEqual([topic.publish("one"), topic.publish("two"), topic.size], [2, 2, 2]);

    for (const probe of probes) {
      assert.equal(await probe.next(), "one");
      assert.equal(await probe.next(), "two");
    }
  });

  it("has no subscriber at first", () => {
    const topic = createTopic<string>("news");

    assert.deepEqual([topic.name, topic.size, topic.publish("one")], ["news", 0, 0]);
  });

  it("sends what passes the filter", async () => {
    await using open = openSystem();
    const topic = createTopic<number>("numbers");
    const even = createProbe<number>(open.system);
    topic.subscribe(even.ref, "receive", { filter: (value) => value % 2 === 0 });

    const counts = [1, 2, 3, 4].map((value) => topic.publish(value));

    assert.deepEqual(counts, [0, 1, 0, 1]);
    assert.deepEqual([await even.next(), await even.next()], [2, 4]);
  });

  it("takes a filter that throws as a no, logs it once and keeps the subscription", async () => {
    await using open = openSystem();
    const topic = createTopic<number>("numbers");
    const probe = createProbe<number>(open.system);
    const filter = (value: number): boolean => {
      if (value < 3) throw new Error("too small");
      return true;
    };
    topic.subscribe(probe.ref, "receive", { filter });

    const counts = [1, 2, 3].map((value) => topic.publish(value));

    assert.deepEqual(counts, [0, 0, 1]);
    assert.equal(await probe.next(), 3);
    const lines = open.telemetry
      .logs()
      .filter(({ event }) => event === "actor.topic.filter_failed");
    assert.equal(lines.length, 1);
    assert.partialDeepStrictEqual(lines[0], { topic: "numbers", target_id: probe.ref.id });
  });

  it("sends nothing more once the subscription is cancelled, which may be done twice", async () => {
    await using open = openSystem();
    const topic = createTopic<string>("news");
    const probe = createProbe<string>(open.system);
    {
      using subscription = topic.subscribe(probe.ref, "receive");
      topic.publish("one");
      subscription.cancel();
    }

    assert.deepEqual([topic.publish("two"), topic.size], [0, 0]);
    assert.equal(await probe.next(), "one");
  });

  it("replaces the filter when the same message of an actor subscribes again", async () => {
    await using open = openSystem();
    const topic = createTopic<string>("news");
    const probe = createProbe<string>(open.system);
    const first = topic.subscribe(probe.ref, "receive", { filter: () => false });
    topic.subscribe(probe.ref, "receive");

    first.cancel();

    assert.deepEqual([topic.publish("one"), topic.size], [1, 1]);
    assert.equal(await probe.next(), "one");
  });

  it("takes subscriptions and cancellations from a filter", async () => {
    await using open = openSystem();
    const topic = createTopic<string>("news");
    const probe = createProbe<string>(open.system);
    const other = createProbe<string>(open.system);
    const own = topic.subscribe(probe.ref, "receive", {
      filter() {
        topic.subscribe(other.ref, "receive");
        own.cancel();
        return true;
      },
    });

    assert.deepEqual([topic.publish("one"), topic.publish("two")], [0, 1]);
    assert.equal(await other.next(), "two");
  });

  it("carries the publisher's trace and name to the subscribers", async () => {
    await using open = openSystem();
    const { system, telemetry } = open;
    const topic = createTopic<string>("news");
    const probe = createProbe<string>(system);
    topic.subscribe(probe.ref, "receive");
    const publisher = defineActor("publisher", {
      handlers: { publish: () => topic.publish("one") },
    });
    const ref = system.spawn(publisher);

    assert.equal(await ref.ask.publish(), 1);
    await probe.next();
    await until(() => telemetry.spansNamed("probe.receive").length === 1);

    const [from] = telemetry.spansNamed("publisher.publish");
    const [to] = telemetry.spansNamed("probe.receive");
    assert.equal(to?.parentSpanContext?.spanId, from?.spanContext().spanId);
    assert.equal(to?.attributes["actor.sender.id"], ref.id);
  });

  it("takes actors of several systems", async () => {
    await using open = openSystem();
    await using other = openSystem();
    const topic = createTopic<string>("news");
    const probes = [createProbe<string>(open.system), createProbe<string>(other.system)];
    for (const { ref } of probes) topic.subscribe(ref, "receive");

    assert.equal(topic.publish("one"), 2);
    await Promise.all(probes.map((probe) => probe.next()));
  });
});

describe("a subscriber", () => {
  it("that restarts goes on getting messages, also when it subscribes in each life", async () => {
    await using open = openSystem();
    const topic = createTopic<string>("news");
    const got: string[] = [];
    const reader = defineActor("reader", {
      onStart: (c) => topic.subscribe(c.self, "read"),
      handlers: {
        read(_c, text: string) {
          got.push(text);
          if (text === "bad") throw new Error("no");
        },
      },
    });
    const ref = open.system.spawn(reader);
    await ref.whenReady();

    topic.publish("bad");
    topic.publish("good");
    await until(() => got.length === 2);
    topic.publish("more");
    await until(() => got.length === 3);

    assert.deepEqual([got, topic.size], [["bad", "good", "more"], 1]);
  });

  for (const end of ["stop", "kill"] as const) {
    it(`that ended by ${end} is forgotten`, async () => {
      await using open = openSystem();
      const topic = createTopic<string>("news");
      const probe = createProbe<string>(open.system);
      topic.subscribe(probe.ref, "receive");

      await probe.ref[end]();

      assert.deepEqual([topic.size, topic.publish("one")], [0, 0]);
      assert.equal(open.system.deadLetters.total, 0);
    });
  }

  it("that has ended already never gets to be one", async () => {
    await using open = openSystem();
    const topic = createTopic<string>("news");
    const probe = createProbe<string>(open.system);
    await probe.ref.stop();

    const subscription = topic.subscribe(probe.ref, "receive");

    assert.equal(topic.size, 0);
    subscription.cancel();
  });

  it("leaves nothing behind, 100,000 times over", async () => {
    const system = createSystem({ logger: createLogger({ level: "silent" }), tracing: false });
    const topic = createTopic<string>("news");
    const reader = defineActor("reader", { handlers: { read(_c, _text: string) {} } });
    const steady = system.spawn(reader);
    const batch = 10_000;

    for (let round = 0; round < 10; round += 1) {
      const refs = Array.from({ length: batch }, () => system.spawn(reader));
      for (const ref of refs) {
        topic.subscribe(ref, "read");
        topic.subscribe(steady, "read").cancel();
      }
      assert.equal(topic.size, batch);
      await Promise.all(refs.map((ref) => ref.stop()));
      assert.equal(topic.size, 0);
    }
    assert.equal(topic.publish("one"), 0);
    await system.shutdown();
  });
});

describe("a topic that cannot be", () => {
  it("has a bad name, policy or time-out", () => {
    for (const name of ["", "no good", "then", 1 as unknown as string]) {
      assert.throws(() => createTopic(name), { code: "ERR_INVALID_NAME" });
    }
    assert.throws(() => createTopic("news", { delivery: "lose" as "drop" }), {
      code: "ERR_INVALID_OPTION",
    });
    for (const timeoutMs of [-1, Number.NaN, 1e12, "5" as unknown as number]) {
      assert.throws(() => createTopic("news", { delivery: "wait", timeoutMs }), {
        code: "ERR_INVALID_OPTION",
      });
    }
  });

  it("is subscribed to by what is no ref, with an unknown message or no filter", async () => {
    await using open = openSystem();
    const topic = createTopic<string>("news");
    const { ref } = createProbe<string>(open.system);
    const subscribe = topic.subscribe.bind(topic) as (...args: unknown[]) => unknown;

    for (const other of [undefined, null, {}, "probe", { id: ref.id }]) {
      assert.throws(() => subscribe(other, "receive"), { code: "ERR_INVALID_OPTION" });
    }
    for (const name of ["nope", "toString", undefined, Symbol("x"), "x".repeat(500)]) {
      assert.throws(() => subscribe(ref, name), { code: "ERR_UNKNOWN_MESSAGE" });
    }
    assert.throws(() => subscribe(ref, "receive", { filter: "yes" }), {
      code: "ERR_INVALID_OPTION",
    });
    assert.equal(topic.size, 0);
  });

  it("does not mind what is published", async () => {
    await using open = openSystem();
    const topic: Topic<unknown> = createTopic<unknown>("anything");
    const probe = createProbe<unknown>(open.system);
    topic.subscribe(probe.ref, "receive");

    for (const message of [undefined, null, Symbol.iterator]) topic.publish(message);

    assert.equal(await probe.next(), undefined);
    assert.equal(await probe.next(), null);
    assert.equal(await probe.next(), Symbol.iterator);
  });
});
