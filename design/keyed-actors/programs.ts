import { createSystem, defineKeyedActor, openSqliteStore, queue, type KeyedRef } from "./keyed.ts";
import type { MessageHandlers } from "../../src/index.ts";

// 1 cart
{
  const cart = defineKeyedActor("cart", {
    state: () => ({ lines: {} as Record<string, number> }),
    expireAfterMs: 30 * 86_400_000,
    handlers: {
      add(c, item: string, quantity: number) {
        c.state.lines[item] = (c.state.lines[item] ?? 0) + quantity;
        return c.state.lines;
      },
      checkOut(c) {
        const { lines } = c.state;
        c.destroy();
        return lines;
      },
    },
  });
  const system = createSystem({ actors: [cart], store: await openSqliteStore({ directory: "shop-data" }) });
  const alice = system.get(cart, "alice");
  await alice.ask.add("lamp", 2);
  const bought: Record<string, number> = await alice.ask.checkOut();
  console.log(bought);
  await system.shutdown();
}

// 2 chat room
{
  interface Line { readonly from: string; readonly text: string; readonly atMs: number }
  const room = defineKeyedActor("room", {
    state: () => ({ lines: [] as Line[] }),
    vars: () => ({ listeners: new Set<(line: Line) => void>() }),
    idleMs: 300_000,
    handlers: {
      join(c, listener: (line: Line) => void) {
        c.vars.listeners.add(listener);
        return c.state.lines.slice(-20);
      },
      say(c, from: string, text: string) {
        const line = { from, text, atMs: Date.now() };
        c.state.lines = [...c.state.lines, line].slice(-1_000);
        for (const listener of c.vars.listeners) listener(line);
      },
    },
    onSleep: (c, reason) => c.log.debug({ reason, listeners: c.vars.listeners.size }, "room closed"),
  });
  const system = createSystem({ actors: [room] });
  await system.get(room, ["lobby", "de"]).ask.say("alice", "hello");
}

// 3 rate limiter
{
  const limiter = defineKeyedActor("limiter", {
    state: (input: { readonly perMinute: number }) => ({ ...input, tokens: input.perMinute, atMs: 0 }),
    save: "interval",
    idleMs: 60_000,
    expireAfterMs: 3_600_000,
    handlers: {
      allow(c, nowMs: number) {
        const { state } = c;
        const refill = ((nowMs - state.atMs) / 60_000) * state.perMinute;
        state.tokens = Math.min(state.perMinute, state.tokens + refill);
        state.atMs = nowMs;
        if (state.tokens < 1) return false;
        state.tokens -= 1;
        return true;
      },
    },
  });
  const system = createSystem({ actors: [limiter], maxResident: 50_000 });
  const client = system.get(limiter, ["api", "203.0.113.7"], { input: { perMinute: 60 } });
  const allowed: boolean = await client.ask.allow(Date.now());
  console.log(allowed);
}

// 4 scheduler
{
  interface Reminders { remind(text: string, atMs: number): string; deliver(text: string): void; digest(): void; forget(id: string): boolean }
  const reminders = defineKeyedActor("reminders", {
    messages: {} as Reminders,
    state: () => ({ delivered: 0 }),
    handlers: {
      remind: (c, text, atMs) => c.schedule.at(atMs).deliver(text).id,
      deliver(c, text) {
        c.state.delivered += 1;
        c.log.info({ text }, "reminder");
      },
      digest: (c) => c.log.info({ delivered: c.state.delivered }, "weekly digest"),
      forget: (c, id) => c.schedule.cancel(id),
    },
    onCreate(c) {
      c.schedule.cron("digest", "0 8 * * 1", { timeZone: "Europe/Berlin", missed: "skip" }).digest();
    },
  });
  const system = createSystem({ actors: [reminders] });
  const id = await system.get(reminders, "alice").ask.remind("tea", Date.UTC(2027, 0, 1));
  await system.get(reminders, "alice").ask.forget(id);
}

// 5 import job
{
  const imports = defineKeyedActor("imports", {
    state: () => ({ rows: 0 }),
    queues: { files: queue<{ readonly path: string }, number>({ maxAttempts: 3 }) },
    handlers: { rows: (c) => c.state.rows },
    async run(c) {
      for await (const message of c.queue.files) {
        try {
          const rows = await countRows(message.body.path, c.signal);
          c.state.rows += rows;
          message.complete(rows); // stored together with `rows`
        } catch (error) {
          message.retry({ delayMs: 1_000, error }); // set aside after the third attempt
        }
      }
    },
  });
  const system = createSystem({ actors: [imports] });
  const job = system.get(imports, "prices");
  await job.queue.files.send({ path: "a.csv" });
  const rows: number = await job.queue.files.ask({ path: "b.csv" }, { timeoutMs: 60_000 });
  console.log(rows, await job.ask.rows());
}
declare function countRows(path: string, signal: AbortSignal): Promise<number>;

// 6 session
{
  interface Session { open(user: string): void; touch(): string; end(): void }
  const TTL_MS = 30 * 60_000;
  const session = defineKeyedActor("session", {
    messages: {} as Session,
    state: () => ({ user: "" }),
    idleMs: 60_000,
    handlers: {
      open(c, user) {
        c.state.user = user;
        c.schedule.after(TTL_MS, { id: "end" }).end();
      },
      touch(c) {
        if (c.state.user === "") throw new Error("no such session");
        c.schedule.after(TTL_MS, { id: "end" }).end(); // replaces the earlier one
        return c.state.user;
      },
      end: (c) => c.destroy(),
    },
    onDestroy: (c) => c.log.info({ user: c.state.user }, "session ended"),
  });
  const system = createSystem({ actors: [session] });
  const ref: KeyedRef<MessageHandlers<Session>> = system.get(session, crypto.randomUUID());
  await ref.ask.open("alice");
  console.log(await ref.ask.touch());
}

// 7 leaderboard
{
  interface Row { readonly player: string; readonly score: number }
  const board = defineKeyedActor("board", {
    database: {
      migrations: [{ name: "001 scores", sql: "CREATE TABLE score (player TEXT PRIMARY KEY, score INTEGER NOT NULL) STRICT" }],
    },
    handlers: {
      async report(c, player: string, score: number) {
        await c.db.run(
          "INSERT INTO score VALUES (?, ?) ON CONFLICT (player) DO UPDATE SET score = max(score, excluded.score)",
          [player, score],
        );
      },
      top: (c, count: number) => c.db.all<Row>("SELECT player, score FROM score ORDER BY score DESC LIMIT ?", [count]),
    },
  });
  const system = createSystem({ actors: [board] });
  const week = system.get(board, ["chess", "2026-W48"]);
  await week.ask.report("alice", 1_200);
  const rows: readonly Row[] = await week.ask.top(10);
  console.log(rows);
}

// 8 IoT twin
{
  interface Reading { readonly celsius: number; readonly atMs: number }
  const twin = defineKeyedActor("twin", {
    state: () => ({ last: undefined as Reading | undefined, alarms: 0 }),
    saveIntervalMs: 10_000,
    handlers: {
      reported(c, reading: Reading) {
        c.state.last = reading;
        if (reading.celsius <= 80) return;
        c.state.alarms += 1;
        c.waitUntil(notify(c.key.join("/"), reading)); // drained before sleep, does not prevent it
      },
      last: (c) => c.state.last,
      async calibrate(c) {
        await c.keepAwake(slowCalibration(c.signal)); // no sleep before it has ended
        await c.saveState();
      },
    },
  });
  const system = createSystem({ actors: [twin], maxResident: 10_000 });
  system.get(twin, ["plant-1", "pump-7"]).tell.reported({ celsius: 81, atMs: Date.now() });
  const { keys } = await system.keys(twin, { prefix: ["plant-1"], state: "asleep", limit: 50 });
  console.log(keys.map(({ key, stateBytes }) => [key, stateBytes]));
}
declare function notify(device: string, reading: { readonly celsius: number }): Promise<void>;
declare function slowCalibration(signal: AbortSignal): Promise<void>;

// 9 workflow step
{
  interface Payout { start(cents: number): void; reserve(): void; pay(): void; status(): string }
  const payout = defineKeyedActor("payout", {
    messages: {} as Payout,
    state: () => ({ step: "new" as "new" | "reserved" | "paid", cents: 0, transfer: "" }),
    handlers: {
      start(c, cents) {
        c.state.cents = cents;
        c.schedule.after(0, { id: "step" }).reserve();
      },
      async reserve(c) {
        c.state.transfer = await bank.reserve(c.key[0] ?? "", c.state.cents); // idempotent by its key
        c.state.step = "reserved";
        c.schedule.after(0, { id: "step" }).pay(); // replaces this one, in the same commit as the state
      },
      async pay(c) {
        await bank.pay(c.state.transfer);
        c.state.step = "paid";
      },
      status: (c) => c.state.step,
    },
  });
  const system = createSystem({ actors: [payout] });
  await system.get(payout, "order-17").ask.start(4_900);
}
declare const bank: { reserve(key: string, cents: number): Promise<string>; pay(transfer: string): Promise<void> };

// 10 migration
{
  interface Profile { names: { first: string; last: string }; newsletter: boolean }
  const profile = defineKeyedActor("profile", {
    version: 3,
    state: (): Profile => ({ names: { first: "", last: "" }, newsletter: false }),
    migrate(old, from) {
      let state = old as { name?: string; names?: Profile["names"]; newsletter?: boolean };
      if (from < 2) {
        const [first = "", last = ""] = (state.name ?? "").split(" ");
        state = { names: { first, last } };
      }
      return { names: state.names ?? { first: "", last: "" }, newsletter: state.newsletter ?? false };
    },
    handlers: {
      rename(c, first: string, last: string) {
        c.state.names = { first, last };
      },
      show: (c) => c.state,
    },
  });
  const system = createSystem({ actors: [profile] });
  const { names } = await system.get(profile, "alice").ask.show();
  console.log(names.first);
  await system.destroy("account_v1", "alice"); // a type that is no longer defined
}
