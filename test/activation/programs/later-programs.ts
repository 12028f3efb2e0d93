import assert from "node:assert/strict";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { defineKeyedActor, queue } from "../../../src/index.ts";
import type { StorePlace } from "../../_support/keyed-stores.ts";
import { KeyedWorld } from "../../_support/keyed-world.ts";

/* The programs of the docs that need schedules, queues or a database; see state-programs.test.ts for the others. */

const DAY_MS = 86_400_000;

const reminders = defineKeyedActor("reminders", {
  messages: {} as {
    remind(text: string, atMs: number): string;
    deliver(text: string): void;
    digest(): void;
    forget(id: string): boolean;
    delivered(): number;
  },
  state: () => ({ delivered: 0 }),
  onCreate: (c) => c.schedule.cron("digest", "0 8 * * 1", { timeZone: "Europe/Berlin" }).digest(),
  handlers: {
    remind: (c, text, atMs) => c.schedule.at(atMs).deliver(text).id,
    deliver(c, text) {
      c.state.delivered += 1;
      c.log.info({ text }, "reminder");
    },
    digest: (c) => c.log.info({ delivered: c.state.delivered }, "weekly digest"),
    forget: (c, id) => c.schedule.cancel(id),
    delivered: (c) => c.state.delivered,
  },
});

const imports = defineKeyedActor("imports", {
  state: () => ({ bytes: 0 }),
  queues: { files: queue<{ path: string }, number>({ maxAttempts: 3 }) },
  handlers: { bytes: (c) => c.state.bytes },
  async run(c) {
    for await (const message of c.queue.files) {
      try {
        let bytes = 0;
        for await (const chunk of createReadStream(message.body.path)) bytes += chunk.length;
        c.state.bytes += bytes;
        message.complete(bytes);
      } catch (error) {
        message.retry({ delayMs: 1_000, error });
      }
    }
  },
});

const TTL_MS = 30 * 60_000;
const session = defineKeyedActor("session", {
  messages: {} as { open(user: string): void; touch(): string; end(): void },
  state: () => ({ user: "" }),
  idleMs: 60_000,
  handlers: {
    open(c, user) {
      c.state.user = user;
      c.schedule.after(TTL_MS, { id: "end" }).end();
    },
    touch(c) {
      if (c.state.user === "") throw new Error("no such session");
      c.schedule.after(TTL_MS, { id: "end" }).end();
      return c.state.user;
    },
    end: (c) => c.destroy(),
  },
  onDestroy: (c) => c.log.info({ user: c.state.user }, "session ended"),
});

const CREATE = "CREATE TABLE score (player TEXT PRIMARY KEY, points INTEGER NOT NULL) STRICT";
const BEST = `INSERT INTO score VALUES (?, ?)
  ON CONFLICT (player) DO UPDATE SET points = max(points, excluded.points)`;
const TOP = "SELECT player, points FROM score ORDER BY points DESC LIMIT ?";
interface Row {
  readonly player: string;
  readonly points: number;
}

const board = defineKeyedActor("board", {
  database: { migrations: [{ name: "001-score", sql: CREATE }] },
  handlers: {
    report: (c, player: string, points: number) => c.db.run(BEST, [player, points]),
    top: (c, count: number) => c.db.all<Row>(TOP, [count]),
    rename: (c, from: string, to: string) =>
      c.db.transaction(async (tx) => {
        await tx.run("DELETE FROM score WHERE player = ?", [to]);
        await tx.run("UPDATE score SET player = ? WHERE player = ?", [to, from]);
      }),
  },
});

/** The bank of the workflow. */
const bank = {
  paid: [] as string[],
  /** How often a payment fails before one succeeds. */
  failures: 0,
  async reserve(key: string, _cents: number): Promise<string> {
    return `transfer of ${key}`;
  },
  async pay(id: string): Promise<void> {
    bank.failures -= 1;
    if (bank.failures >= 0) throw new Error("the bank is closed");
    bank.paid.push(id);
  },
};

const payout = defineKeyedActor("payout", {
  messages: {} as { start(cents: number): void; reserve(): void; pay(): void; step(): string },
  state: () => ({ step: "new", cents: 0, transfer: "" }),
  handlers: {
    start(c, cents) {
      c.state.cents = cents;
      c.schedule.after(0, { id: "next" }).reserve();
    },
    async reserve(c) {
      c.state.transfer = await bank.reserve(c.key.join("/"), c.state.cents);
      c.state.step = "reserved";
      c.schedule.after(0, { id: "next" }).pay();
    },
    async pay(c) {
      await bank.pay(c.state.transfer);
      c.state.step = "paid";
    },
    step: (c) => c.state.step,
  },
});

/** The suite, on one kind of store. */
export function describeLaterPrograms(name: string, createPlace: () => StorePlace): void {
  describe(`on a store in ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "limelight-imports-"));
    after(() => rmSync(folder, { recursive: true }));
    const lines = (world: KeyedWorld, message: string) =>
      world.telemetry.logs().filter(({ msg }) => msg === message);

    it("reminders are delivered on time, also after a restart and without traffic", async () => {
      await using world = new KeyedWorld(createPlace(), { actors: [reminders] });
      const first = (await world.start()).get(reminders, "alice");
      const id = await first.ask.remind("cake", world.clock.epochMs() + DAY_MS);
      await first.ask.remind("tea", world.clock.epochMs() + DAY_MS);

      const cancelled = await first.ask.forget(id);
      await world.stop();
      await world.clock.advance(DAY_MS - 1);
      await world.start();
      const before = lines(world, "reminder").length;
      await world.pass(1_000, () => lines(world, "reminder").length > 0, "a reminder");
      await world.pass(DAY_MS / 4, () => lines(world, "weekly digest").length > 0, "a digest");

      assert.equal(cancelled, true);
      assert.equal(before, 0);
      assert.deepEqual(
        lines(world, "reminder").map(({ text }) => text),
        ["tea"],
      );
      assert.equal(await world.system.get(reminders, "alice").ask.delivered(), 1);
    });

    it("an import completes its files, and sets one aside that cannot be read", async () => {
      await using world = new KeyedWorld(createPlace(), { actors: [imports] });
      const job = (await world.start()).get(imports, "prices");
      const path = join(folder, "a.csv");
      writeFileSync(path, "price\n1\n");

      await job.queue.files.send({ path });
      const reply = await job.queue.files.ask({ path }, { timeoutMs: 60_000 });
      let refused: { readonly code?: string } = {};
      job.queue.files
        .ask({ path: join(folder, "missing.csv") }, { timeoutMs: 600_000 })
        .catch((error) => {
          refused = error;
        });
      await world.pass(1_000, () => refused.code !== undefined, "the message is set aside");

      assert.equal(reply, 8);
      assert.equal(refused.code, "ERR_QUEUE_POISONED");
      assert.equal(await job.ask.bytes(), 16);
    });

    it("a session sleeps, is extended, and ends by its schedule", async () => {
      await using world = new KeyedWorld(createPlace(), { actors: [session] });
      const alice = (await world.start()).get(session, "s-1");
      await alice.ask.open("alice");
      await world.pass(60_000, () => world.system.books().active === 0, "the session is asleep");

      const user = await alice.ask.touch();
      await world.clock.advance(TTL_MS - 60_000);
      const early = lines(world, "session ended").length;
      await world.pass(60_000, () => lines(world, "session ended").length > 0, "the session ends");
      await world.untilAsleep();

      assert.equal(user, "alice");
      assert.equal(early, 0);
      assert.deepEqual((await world.system.keys(session)).keys, []);
      await assert.rejects(alice.ask.touch(), /no such session/);
    });

    it("a leaderboard keeps the best points of each player", async () => {
      await using world = new KeyedWorld(createPlace(), { actors: [board] });
      const week = (await world.start()).get(board, ["chess", "2026-W48"]);
      await week.ask.report("alice", 1_200);
      await week.ask.report("bob", 900);
      await week.ask.report("alice", 1_100);
      await week.ask.rename("bob", "carol");

      const top = await week.ask.top(10);
      await week.sleep();
      const afterSleep = await week.ask.top(1);

      assert.deepEqual(
        top.map(({ player, points }) => [player, points]),
        [
          ["alice", 1_200],
          ["carol", 900],
        ],
      );
      assert.deepEqual(afterSleep, top.slice(0, 1));
    });

    it("a workflow goes on where it was, and repeats the step that failed", async () => {
      bank.failures = 2;
      bank.paid.length = 0;
      await using world = new KeyedWorld(createPlace(), { actors: [payout] });
      const order = (await world.start()).get(payout, "order-17");
      await order.ask.start(4_900);

      await world.pass(1_000, () => bank.failures === 0, "two attempts");
      await world.start();
      await world.pass(1_000, () => bank.paid.length > 0, "the payment");

      assert.deepEqual(bank.paid, ["transfer of order-17"]);
      assert.equal(await world.system.get(payout, "order-17").ask.step(), "paid");
    });
  });
}
