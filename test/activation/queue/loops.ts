import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpanKind } from "@opentelemetry/api";
import { defineKeyedActor, queue, type RefOf } from "../../../src/index.ts";
import { Gate } from "../../_support/actor-waiting.ts";
import type { StorePlace } from "../../_support/keyed-stores.ts";
import { KeyedWorld } from "../../_support/keyed-world.ts";
import { until } from "../../_support/telemetry-until.ts";

interface Job {
  readonly bytes: number;
}

/** What the loop waits for with a message in its hands. */
let gate: Gate | undefined;
let attempts = 0;

const imports = defineKeyedActor("imports", {
  state: () => ({ bytes: 0 }),
  queues: {
    files: queue<Job, number>({ maxAttempts: 2, maxDepth: 3 }),
    mails: queue<string>(),
  },
  idleMs: 1_000,
  handlers: {
    bytes: (c) => c.state.bytes,
    depth: (c) => c.queue.files.depth,
    reasons: (c) => c.awakeReasons().map(({ reason }) => reason),
    mail: (c, text: string) => c.queue.mails.send(text),
    async mails(c) {
      const batch = await c.queue.mails.batch(10, { timeoutMs: 0 });
      for (const message of batch) message.complete();
      return batch.map(({ body }) => body);
    },
    poisoned: async (c) => (await c.queue.files.poisoned()).map(({ body }) => body.bytes),
  },
  async run(c) {
    for await (const message of c.queue.files) {
      attempts += 1;
      await gate?.opened;
      if (message.body.bytes < 0) {
        message.retry({ delayMs: 5_000, error: new RangeError("negative") });
        continue;
      }
      c.state.bytes += message.body.bytes;
      message.complete(message.body.bytes);
    }
  },
});

/** A loop that does not notice that its actor ends. */
const endless = defineKeyedActor("endless", {
  queues: { files: queue<Job>() },
  idleMs: 1_000,
  handlers: { ping: () => "pong" },
  async run(c) {
    for (;;) (await c.queue.files.next())?.complete();
  },
});

/** Lets time pass until no actor is awake. */
async function fallAsleep(world: KeyedWorld): Promise<void> {
  await world.pass(500, () => world.system.books().active === 0, "all actors are asleep");
}

/** The suite, on one kind of store. */
export function describeQueueLoops(store: string, open: () => StorePlace): void {
  describe(`a queue in ${store}`, () => {
    async function startWorld(): Promise<KeyedWorld> {
      gate = undefined;
      attempts = 0;
      const world = new KeyedWorld(open(), { actors: [imports, endless] });
      await world.start();
      return world;
    }

    function prices(world: KeyedWorld): RefOf<typeof imports> {
      return world.system.get(imports, "prices");
    }

    it("gives its messages to `run`, and their senders the replies", async () => {
      await using world = await startWorld();
      const ref = prices(world);

      const id = await ref.queue.files.send({ bytes: 3 });
      const reply = await ref.queue.files.ask({ bytes: 4 });

      assert.equal(typeof id, "string");
      assert.equal(reply, 4);
      assert.equal(await ref.ask.bytes(), 7);
      assert.equal(await ref.ask.depth(), 0);
    });

    it("lets its actor sleep while `run` only waits, and wakes it with a message", async () => {
      await using world = await startWorld();
      const ref = prices(world);
      await ref.queue.files.send({ bytes: 3 });
      await until(() => world.system.books().active === 1, "it is awake");
      assert.deepEqual(await ref.ask.reasons(), ["handling"]);

      await fallAsleep(world);
      assert.equal(await ref.queue.files.ask({ bytes: 4 }), 4);

      assert.equal(await ref.ask.bytes(), 7);
      assert.equal(world.system.books().started, 2);
    });

    it("keeps its actor awake while a message is handed out", async () => {
      await using world = await startWorld();
      const ref = prices(world);
      gate = new Gate();
      await ref.queue.files.send({ bytes: 3 });
      await world.quiet();
      await world.clock.advance(60_000);

      assert.equal(world.system.books().active, 1);
      assert.ok((await ref.ask.reasons()).includes("queue_message"));
      gate.open();
      await fallAsleep(world);

      assert.equal(await ref.ask.bytes(), 3);
    });

    it("hands a message out again, at the next start of the system and without a call", async () => {
      await using world = await startWorld();
      const ref = prices(world);
      gate = new Gate();
      await ref.queue.files.send({ bytes: 3 });
      await until(() => world.system.books().active === 1, "it is awake");
      ref.kill();
      await world.untilAsleep();
      gate = undefined;

      const system = await world.start();
      await until(() => system.books().started === 1, "it was woken");
      await fallAsleep(world);

      assert.equal(await prices(world).ask.bytes(), 3);
      assert.equal(await prices(world).ask.depth(), 0);
    });

    it("that gets a message while its actor goes to sleep wakes it for the message", async () => {
      await using world = await startWorld();
      const ref = prices(world);
      await ref.queue.files.ask({ bytes: 1 });

      // It is stored by the activation that is ending, whose loop takes no further messages.
      const sent = ref.queue.files.send({ bytes: 3 });
      await ref.sleep();
      await sent;
      await world.pass(500, () => attempts === 2, "it is handed out");

      assert.equal(await ref.ask.bytes(), 4);
    });

    it("that is asked for messages in a handler only does not wake its actor again and again", async () => {
      await using world = await startWorld();
      const ref = prices(world);
      await ref.ask.mails();
      await ref.ask.mail("later");
      await ref.sleep();

      const endMs = world.clock.monotonicMs() + 40_000;
      await world.pass(1_000, () => world.clock.monotonicMs() >= endMs, "40 seconds have passed");
      await fallAsleep(world);

      assert.ok(world.system.books().started <= 2);
      assert.deepEqual(await ref.ask.mails(), ["later"]);
    });

    it("wakes its sleeping actor for a message that was held back, and sets it aside in the end", async () => {
      await using world = await startWorld();
      const ref = prices(world);
      await ref.queue.files.send({ bytes: -1 });
      await until(() => attempts === 1, "it was handed out");
      await fallAsleep(world);

      await world.pass(500, () => attempts > 1, "it is handed out again");
      assert.equal(world.system.books().started, 2);
      await fallAsleep(world);

      assert.deepEqual(await ref.ask.poisoned(), [-1]);
      assert.equal(await ref.ask.depth(), 0);
    });

    it("tells an asker that its message was set aside, and why", async () => {
      await using world = await startWorld();
      // Its time does not pass, however long the store takes while the clock is moved.
      const asked = prices(world).queue.files.ask({ bytes: -1 }, { timeoutMs: 86_400_000 });
      const refused = assert.rejects(asked, (error: Error & { code?: string }) => {
        assert.equal(error.code, "ERR_QUEUE_POISONED");
        assert.ok(error.cause instanceof RangeError);
        return true;
      });

      await until(() => attempts === 1, "it was handed out");
      await world.pass(500, () => attempts >= 2, "it is handed out again");

      await refused;
    });

    it("refuses what is no JSON, too large or too much, in the sender's call", async () => {
      await using world = await startWorld();
      const ref = prices(world);
      gate = new Gate();

      await assert.rejects(ref.queue.files.send({ bytes: Number.NaN }), {
        code: "ERR_STATE_INVALID",
        message: /body\.bytes is NaN/,
      });
      await assert.rejects(ref.queue.mails.send("x".repeat(65_536)), {
        code: "ERR_QUEUE_MESSAGE_TOO_LARGE",
      });
      for (const bytes of [1, 2, 3]) await ref.queue.files.send({ bytes });
      await assert.rejects(ref.queue.files.send({ bytes: 4 }), { code: "ERR_QUEUE_FULL" });
      gate.open();
    });

    it("takes the options of a ref made by `with`, and checks those of `ask`", async () => {
      await using world = await startWorld();
      const ref = prices(world);
      gate = new Gate();
      const aborted = ref.with({ signal: AbortSignal.abort() }).queue.files;
      const impatient = ref.with({ timeoutMs: 100 }).queue.files;

      await assert.rejects(aborted.send({ bytes: 1 }), { code: "ERR_ABORTED" });
      const late = assert.rejects(impatient.ask({ bytes: 2 }), { code: "ERR_ASK_TIMEOUT" });
      await world.pass(50, () => attempts === 1, "the message is handed out");
      await world.clock.advance(200);
      await late;
      for (const options of [{ timeoutMs: -1 }, { timeoutMs: Number.NaN }, { timeout: 1 }, null]) {
        const asked = ref.queue.files.ask({ bytes: 3 }, options as { timeoutMs: number });
        await assert.rejects(asked, { code: "ERR_INVALID_OPTION" });
      }

      gate.open();
      assert.equal(await ref.queue.files.ask({ bytes: 4 }), 4);
      assert.equal(await ref.ask.bytes(), 6);
    });

    it("opens a span for each attempt, linked to the sender's and with no child", async () => {
      await using world = await startWorld();
      await prices(world).queue.files.ask({ bytes: 4 });
      await world.stop();

      const spans = world.telemetry.spans();
      const sent = spans.find(({ name }) => name === "imports.queue.files");
      const taken = spans.find(({ name }) => name === "imports queue files");
      assert.equal(taken?.kind, SpanKind.CONSUMER);
      assert.equal(taken?.parentSpanContext, undefined);
      assert.equal(taken?.attributes["actor.queue.outcome"], "completed");
      assert.equal(taken?.attributes["actor.queue.attempt"], 1);
      assert.deepEqual(
        taken?.links.map(({ context }) => context.spanId),
        [sent?.spanContext().spanId],
      );
      const { spanId } = taken.spanContext();
      assert.ok(spans.every(({ parentSpanContext }) => parentSpanContext?.spanId !== spanId));
    });

    it("may be used by a handler, which gets what it has sent itself", async () => {
      await using world = await startWorld();
      const ref = prices(world);
      await ref.ask.mail("a");
      await ref.queue.mails.send("b");

      assert.deepEqual(await ref.ask.mails(), ["a", "b"]);
      assert.deepEqual(await ref.ask.mails(), []);
    });

    it("ends the wait of a loop that asks for ever, without a failure", async () => {
      await using world = await startWorld();
      const ref = world.system.get(endless, "a");
      await ref.queue.files.send({ bytes: 1 });

      await fallAsleep(world);
      assert.equal(await ref.ask.ping(), "pong");
      await ref.destroy();

      const failures = [...world.telemetry.logs()].filter(({ event }) => event === "actor.failed");
      assert.deepEqual(failures, []);
    });

    it("ends with its actor: an asker is refused, and nothing is left", async () => {
      await using world = await startWorld();
      const ref = prices(world);
      gate = new Gate();
      const asked = ref.queue.files.ask({ bytes: 1 });
      await until(() => world.system.books().active === 1, "it is awake");
      const refused = assert.rejects(asked, { code: "ERR_ACTOR_DESTROYED" });

      const destroyed = ref.destroy();
      gate.open();
      await destroyed;
      await refused;

      const system = await world.start();
      await world.clock.advance(60_000);
      await world.quiet();
      assert.equal(system.books().started, 0);
    });
  });
}
