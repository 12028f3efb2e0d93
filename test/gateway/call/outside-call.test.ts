import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import type {
  ActorAccess,
  Answer,
  KeyAddress,
} from "../../../src/activation/access/actor-access.ts";
import type { Access } from "../../../src/gateway/expose/expose-options.ts";
import { expose, unchecked } from "../../../src/gateway.ts";
import { defineKeyedActor, queue } from "../../../src/index.ts";
import { Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { openOutside, toldOf } from "../../_support/outside-world.ts";

let gate = new Gate();

const account = defineKeyedActor("account", {
  state: (input: { readonly cents: number } = { cents: 0 }) => ({ ...input }),
  queues: { orders: queue<{ cents: number }>() },
  handlers: {
    deposit: (c, cents: number, note?: string) => {
      c.state.cents += cents;
      return note === undefined ? c.state.cents : `${c.state.cents} ${note}`;
    },
    who: (c) => [c.caller?.id, c.requestId],
    wait: () => gate.opened,
    destroy: (c) => c.destroy(),
    at: () => new Date(0),
    none: () => undefined,
  },
});
const calls = {
  deposit: [z.int().positive(), z.string().max(5).optional()],
  who: [],
  wait: [],
  destroy: [],
  at: [],
  none: [],
} as const;
const plain = expose(account, { calls, queues: { orders: z.object({ cents: z.int() }) } });

describe("a call from outside", () => {
  it("is answered with the reply as JSON", async () => {
    await using outside = openOutside([plain]);

    assert.deepEqual(await outside.ask("account.deposit", 5), { json: "5" });
    assert.deepEqual(await outside.ask("account.deposit", 5, "tip"), { json: '"10 tip"' });
    assert.deepEqual(await outside.ask("account.at"), { json: '"1970-01-01T00:00:00.000Z"' });
    assert.deepEqual(await outside.ask("account.none"), { json: undefined });
    const tell = outside.call({ kind: "tell", type: "account", name: "deposit", args: [1] });
    assert.deepEqual(await tell, { json: undefined });
    const caller = { id: "alice" };
    const who = outside.call({ kind: "ask", type: "account", name: "who", caller });
    assert.deepEqual(await who, { json: '["alice","request-1"]' });
    assert.deepEqual(outside.faults, []);
  });

  it("is refused with the path of each wrong argument, before anything wakes", async () => {
    await using outside = openOutside([plain]);

    const { failure } = await outside.ask("account.deposit", "5", "too long");

    const { code, status, outcome, message, issues = [] } = failure ?? {};
    assert.deepEqual([code, status, outcome], ["ERR_INVALID_ARGUMENTS", 400, "not_handled"]);
    assert.equal(message, "2 arguments are invalid");
    assert.deepEqual(
      issues.map(({ path }) => path),
      [[0], [1]],
    );
    assert.equal(issues[0]?.message, "Invalid input: expected number, received string");
    const { failure: more } = await outside.ask("account.who", 1);
    assert.equal(more?.message, "1 argument is invalid");
    const send = outside.call({ kind: "send", type: "account", name: "orders", args: [{}] });
    const { failure: body } = await send;
    assert.deepEqual([body?.message, body?.issues?.[0]?.path], ["the body is invalid", ["cents"]]);
    assert.deepEqual([outside.system.books().started, outside.store.roundTrips], [0, 0]);
  });

  it("is refused without the words of the schema if they may quote a value", async () => {
    await using outside = openOutside([plain], { issueMessages: false });

    const { failure } = await outside.ask("account.deposit", "s3cret");

    assert.deepEqual(failure?.issues, [{ path: [0] }]);
  });

  it("takes an input for a new actor only where one is exposed", async () => {
    const input = z.object({ cents: z.int() });
    const request = { kind: "ask", type: "account", name: "deposit", args: [1] } as const;
    await using outside = openOutside([plain]);
    await using other = openOutside([expose(account, { calls, input })]);

    const refused = await outside.call({ ...request, input: { cents: 5 } });
    assert.equal(refused.failure?.message, "`input` is invalid");
    assert.deepEqual(await other.call({ ...request, input: { cents: 5 } }), { json: "6" });
    const { failure } = await other.call({ ...request, key: ["b"], input: { cents: "5" } });
    assert.deepEqual(
      failure?.issues?.map(({ path }) => path),
      [["cents"]],
    );
  });

  it("keeps the order of calls without async checks", async () => {
    await using outside = openOutside([plain]);

    const ends = [1, 2, 3].map((cents) => outside.ask("account.deposit", cents));

    assert.deepEqual(
      (await Promise.all(ends)).map(({ json }) => json),
      ["1", "3", "6"],
    );
  });

  it("waits for async schemas, and gives up after a second", async () => {
    const free = z.string().refine(async (text) => text !== "taken");
    const never = z.string().refine(() => new Promise<boolean>(() => {}));
    const echo = defineKeyedActor("echo", {
      handlers: { free: (_c, text: string) => text, never: (_c, text: string) => text },
    });
    await using outside = openOutside([expose(echo, { calls: { free: [free], never: [never] } })]);

    assert.deepEqual(await outside.ask("echo.free", "a"), { json: '"a"' });
    const taken = await toldOf(outside.ask("echo.free", "taken"));
    assert.deepEqual(taken, ["ERR_INVALID_ARGUMENTS", 400, "not_handled"]);
    const late = outside.ask("echo.never", "a");
    await outside.clock.advance(1_000);
    assert.deepEqual(await toldOf(late), ["ERR_OVERLOADED", 503, "not_handled"]);
    assert.equal(outside.faults.length, 1);
  });
});

describe("the rights of a caller", () => {
  const caller = { id: "alice" };
  const asked: Access[] = [];
  const guarded = (allow: (access: Access) => boolean | Promise<boolean>) => [
    expose(account, { calls, queues: { orders: unchecked }, allow }),
  ];

  it("are asked for with what is accessed, for each kind apart", async () => {
    await using outside = openOutside(
      guarded((access) => {
        asked.push(access);
        return access.kind === "ask";
      }),
    );
    const deposit = {
      type: "account",
      name: "deposit",
      args: [1],
      key: ["a", "b"],
      caller,
    } as const;
    const forbidden = ["ERR_FORBIDDEN", 403, "not_handled"];

    assert.deepEqual(await outside.call({ kind: "ask", ...deposit }), { json: "1" });
    assert.deepEqual(await toldOf(outside.call({ kind: "tell", ...deposit })), forbidden);
    const send = outside.call({ kind: "send", ...deposit, name: "orders" });
    assert.deepEqual(await toldOf(send), forbidden);

    const { key } = deposit;
    assert.deepEqual(asked, [
      { kind: "ask", name: "deposit", key, caller },
      { kind: "tell", name: "deposit", key, caller },
      { kind: "send", name: "orders", key, caller },
    ]);
  });

  it("wake nothing where they are missing, also if they are looked up", async () => {
    await using sync = openOutside(guarded(() => false));
    await using later = openOutside(guarded(async () => false));
    await using odd = openOutside(guarded(() => "yes" as never));

    for (const outside of [sync, later, odd]) {
      // Wrong arguments say nothing to a caller without rights.
      const { failure } = await outside.ask("account.deposit", "wrong");
      assert.equal(failure?.code, "ERR_FORBIDDEN");
      assert.deepEqual([outside.system.books().started, outside.store.roundTrips], [0, 0]);
    }
  });

  it("are 500 when `allow` throws, which is logged, and 503 when it takes 5 s", async () => {
    await using throwing = openOutside(
      guarded(() => {
        throw new RangeError("s3cret");
      }),
    );
    await using rejecting = openOutside(guarded(() => Promise.reject(new RangeError("s3cret"))));
    await using slow = openOutside(guarded(() => new Promise(() => {})));

    for (const outside of [throwing, rejecting]) {
      const { failure } = await outside.ask("account.who");
      assert.deepEqual([failure?.code, failure?.status], ["ERR_INTERNAL", 500]);
      assert.equal(failure?.outcome, "not_handled");
      assert.equal((outside.faults[0] as Error).message, "s3cret");
    }
    const late = slow.ask("account.who");
    await slow.clock.advance(5_000);
    assert.deepEqual(await toldOf(late), ["ERR_OVERLOADED", 503, "not_handled"]);
    for (const outside of [throwing, rejecting, slow]) {
      assert.equal(outside.system.books().started, 0);
    }
  });
});

describe("a call to an actor that is destroyed before it is handled", () => {
  for (const request of [
    { kind: "ask", name: "deposit", args: [1] },
    { kind: "send", name: "orders", args: [{ cents: 1 }] },
  ] as const) {
    it(`is sent once more: ${request.kind}`, async () => {
      gate = new Gate();
      await using outside = openOutside([plain]);
      const first = outside.ask("account.wait");
      await until(() => outside.system.books().active === 1);
      await settleTurns();

      const destroyed = outside.ask("account.destroy");
      const dismissed = outside.call({ type: "account", ...request });
      gate.open();
      await Promise.all([first, destroyed]);

      const { json } = await dismissed;
      assert.match(String(json), request.kind === "ask" ? /^1$/ : /^"[\w-]+"$/);
      assert.equal(outside.system.books().started, 2);
    });
  }

  it("is not sent to a new actor if none is to be created", async () => {
    gate = new Gate();
    await using outside = openOutside([expose(account, { calls, create: false })]);
    await outside.system.get(account, "a").ask.who();
    const first = outside.ask("account.wait");
    await settleTurns();

    const destroyed = outside.ask("account.destroy");
    const dismissed = toldOf(outside.ask("account.who"));
    gate.open();
    await Promise.all([first, destroyed]);

    assert.deepEqual(await dismissed, ["ERR_NO_SUCH_ACTOR", 404, "not_handled"]);
    assert.deepEqual(await outside.store.allKeys(), []);
  });
});

describe("an access whose answers come from another process", () => {
  /** Arguments and results cross as JSON, and answers come later. */
  function remote(own: ActorAccess): ActorAccess {
    const json = (value: unknown): unknown =>
      value === undefined ? undefined : JSON.parse(JSON.stringify(value));
    const late = (answer: Answer): Answer => ({
      stored: (id) => void setImmediate(() => answer.stored?.(id)),
      reply: (value) => void setImmediate(() => answer.reply(json(value))),
      fail: (error, handled) => void setImmediate(() => answer.fail(error, handled)),
    });
    return {
      resolve(definition, key): KeyAddress {
        const address = own.resolve(definition, key);
        return {
          key: address.key,
          exists: () => address.exists(),
          call(message, sending, answer) {
            const args = json(message.args) as readonly unknown[];
            address.call({ ...message, args }, sending, late(answer));
          },
          send: (message, sending, answer) => address.send(message, sending, late(answer)),
          connect: (...given) => address.connect(...given),
          request: (request, sending, answer) => address.request(request, sending, late(answer)),
        };
      },
    };
  }

  it("gives the same results", async () => {
    await using outside = openOutside([plain], { wrap: (own) => remote(own) });

    assert.deepEqual(await outside.ask("account.deposit", 5, "tip"), { json: '"5 tip"' });
    const told = await toldOf(outside.ask("account.deposit", 0));
    assert.deepEqual(told, ["ERR_INVALID_ARGUMENTS", 400, "not_handled"]);
  });
});
