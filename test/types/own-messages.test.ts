import assert from "node:assert/strict";
import { it } from "node:test";
import {
  type ActorRef,
  type ActorSystem,
  createTopic,
  defineActor,
  type PoolRef,
  type PoolRefOf,
  type RefOf,
} from "../../src/index.ts";
import { expectType, type Same } from "../_support/telemetry-types.ts";

interface Row {
  readonly key: string;
}

interface TableMessages {
  row(row: Row): void;
  count(): number;
  find(key: string, limit?: number): Promise<Row | undefined>;
  done(): void;
  broken(error: Error): void;
}

const index = defineActor("index", {
  messages: {} as { find(key: string): Row | undefined },
  handlers: { find: (_c, key) => (key === "" ? undefined : { key }) },
});

const table = defineActor("table", {
  state: (input: { readonly index: RefOf<typeof index> }) => ({ rows: [] as Row[], ...input }),
  messages: {} as TableMessages,
  onStart(c) {
    c.self.tell.done();
    // @ts-expect-error: an unknown message, in a hook
    c.self.tell.start();
  },
  handlers: {
    row(c, row) {
      expectType<Same<typeof row, Row>>();
      c.state.rows.push(row);
    },
    // A reply that the actor asks itself for does not make its own type circular.
    count: (c) => c.state.rows.length,
    find(c, key, limit) {
      expectType<Same<typeof key, string>>();
      expectType<Same<typeof limit, number | undefined>>();
      return c.forward(c.state.index).find(key);
    },
    done(c) {
      c.self.tell.row({ key: "a" });
      const count = c.self.ask.count();
      expectType<Same<typeof count, Promise<number>>>();
      const limited = c.self.with({ timeoutMs: 1 }).ask.find("a");
      expectType<Same<typeof limited, Promise<Row | undefined>>>();
      c.after("later", 1, () => c.self.tell.done());
      createTopic<Row>("rows").subscribe(c.self, "row");
      // @ts-expect-error: a misspelt message
      c.self.tell.roww({ key: "a" });
      // @ts-expect-error: a wrong argument
      c.self.tell.row("a");
      // @ts-expect-error: a missing argument
      c.self.tell.row();
      // @ts-expect-error: a message that takes something else
      createTopic<string>("names").subscribe(c.self, "row");
      return count;
    },
    broken(c, error) {
      c.log.error({ err: error }, "rows are lost");
    },
  },
});

/** Compiled, never run: every directive marks an error that has to stay one. */
export function pipes(rows: AsyncIterable<Row>, keys: ReadableStream<string>): void {
  defineActor("reader", {
    messages: {} as TableMessages,
    handlers: {
      row(c) {
        c.pipe(rows, "row", { onEnd: "done", onError: "broken", maxInFlight: 4 });
        c.pipe(() => rows, "row");
        c.pipe(Promise.resolve({ key: "a" }), "row");
        c.pipe(keys, "find");
        // @ts-expect-error: a misspelt message
        c.pipe(rows, "rows");
        // @ts-expect-error: a message that takes something else
        c.pipe(keys, "row");
        // @ts-expect-error: a message without an argument
        c.pipe(rows, "count");
        // @ts-expect-error: the message at the end has no arguments
        c.pipe(rows, "row", { onEnd: "row" });
        // @ts-expect-error: the message of an error takes one
        c.pipe(rows, "row", { onError: "row" });
        // @ts-expect-error: a misspelt message of an error
        c.pipe(rows, "row", { onError: "fail" });
      },
      count: () => 1,
      find: async (_c, key) => ({ key }),
      done() {},
      broken() {},
    },
  });
  defineActor("undeclared", {
    handlers: {
      // Without declared messages, names are checked when the message is sent.
      row: (c, _row: Row) => c.pipe(rows, "anything", { onEnd: "end", onError: "broken" }),
      end: (c) => c.self.tell["row"]?.({ key: "a" }),
    },
  });
}

/** Compiled, never run. */
export async function declared(system: ActorSystem): Promise<void> {
  const ref = system.spawn(table, { input: { index: system.spawn(index) } });
  const count = await ref.ask.count();
  expectType<Same<typeof count, number>>();
  const found = await ref.ask.find("a");
  expectType<Same<typeof found, Row | undefined>>();
  // @ts-expect-error: a wrong argument of a declared message
  ref.tell.row(1);
  const byName: RefOf<TableMessages> = ref;
  const again = byName.ask.find("a", 1);
  expectType<Same<typeof again, Promise<Row | undefined>>>();

  defineActor("wrong", {
    messages: {} as TableMessages,
    // @ts-expect-error: handlers are missing
    handlers: { count: () => 1 },
  });
  defineActor("wrong", {
    messages: {} as { count(): number },
    // @ts-expect-error: the declared reply is a number
    handlers: { count: () => "1" },
  });
  defineActor("wrong", {
    messages: {} as { add(by: number): void },
    // @ts-expect-error: the declared argument is a number
    handlers: { add: (_c, _by: string) => {} },
  });
  // @ts-expect-error: messages are functions
  defineActor("wrong", { messages: {} as { count: number }, handlers: { count: () => 1 } });

  const replies = defineActor("replies", {
    messages: {} as { later(): Date; soon(): Promise<Date>; nothing(): void },
    handlers: {
      later: (c) => c.delegateReply<Date>(),
      soon: async () => new Date(0),
      nothing: (c) => c.id,
    },
  });
  const later = await system.spawn(replies).ask.later();
  expectType<Same<typeof later, Date>>();
}

/** Compiled, never run. */
export function waitingSelf(): void {
  defineActor("waiting", {
    mailbox: { whenFull: "wait" },
    messages: {} as { again(): void },
    handlers: {
      again(c) {
        const told = c.self.tell.again();
        expectType<Same<typeof told, Promise<void>>>();
      },
    },
  });
}

const adder = defineActor("adder", {
  state: (start: number) => ({ sum: start }),
  mailbox: { whenFull: "wait" },
  handlers: { add: (c, amount: number) => c.state.sum + amount },
});

interface PingMessages {
  ping(from: RefOf<PongMessages>): void;
}
interface PongMessages {
  pong(from: RefOf<PingMessages>): number;
}

/** Compiled, never run. */
export function refs(system: ActorSystem): void {
  const ref = system.spawn(adder, { input: 1 });
  expectType<Same<typeof ref, RefOf<typeof adder>>>();
  expectType<Same<RefOf<typeof adder>, ActorRef<typeof adder.options.handlers, "wait">>>();
  const pool = system.spawnPool(adder, { size: 2, input: 1 });
  expectType<Same<typeof pool, PoolRefOf<typeof adder>>>();
  expectType<Same<PoolRefOf<typeof adder>, PoolRef<typeof adder.options.handlers, "wait">>>();

  const holder = defineActor("holder", {
    state: (adderRef: RefOf<typeof adder>) => ({ adderRef }),
    handlers: { add: (c) => c.state.adderRef.ask.add(1) },
  });
  system.spawn(holder, { input: ref });
  // @ts-expect-error: a ref of another actor
  system.spawn(holder, { input: system.spawn(index) });
  // @ts-expect-error: another kind of ref
  const wrong: RefOf<typeof index> = ref;
  void wrong;

  const ping = defineActor("ping", {
    messages: {} as PingMessages,
    handlers: { ping: (c, from) => from.tell.pong(c.self) },
  });
  const pong = defineActor("pong", {
    messages: {} as PongMessages,
    handlers: {
      pong(c, from) {
        from.tell.ping(c.self);
        return 1;
      },
    },
  });
  system.spawn(ping).tell.ping(system.spawn(pong));
}

it("own messages are typed: tsc has compiled this file", () => {
  for (const compiled of [pipes, declared, waitingSelf, refs]) {
    assert.equal(typeof compiled, "function");
  }
});
