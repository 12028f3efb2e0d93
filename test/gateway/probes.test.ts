import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AbortNotice } from "../../src/base/async/abort-notice.ts";
import type { Failure } from "../../src/gateway/call/outside-request.ts";
import type { Store } from "../../src/store.ts";
import { MemoryStore } from "../../src/store.ts";
import { openKit, post } from "../_support/gateway-kit.ts";

const PROBES = 1_000;

/** A store that counts the calls of its methods. */
function countedStore(): { readonly store: Store; readonly calls: () => number } {
  let calls = 0;
  const store = new Proxy(new MemoryStore(), {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        calls += 1;
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { store, calls: () => calls };
}

describe("the probes of a gateway", () => {
  it("wake no actor and read no store, however many there are", async () => {
    const { store, calls } = countedStore();
    await using kit = await openKit({ system: { store } });
    await fetch(`${kit.url}/readyz`);
    const before = [kit.system.books().started, calls()];

    for (let probe = 0; probe < PROBES; probe += 1) {
      const response = await fetch(kit.url + (probe % 2 === 0 ? "/livez" : "/readyz"));
      assert.equal(response.status, 200);
      await response.text();
    }

    assert.deepEqual([kit.system.books().started, calls()], before);
    assert.deepEqual(kit.calls, []);
  });

  it("pass while every call waits", async () => {
    const pending: (() => void)[] = [];
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    await using kit = await openKit({
      answer(_request, answer) {
        pending.push(() => answer.reply("1"));
        if (pending.length === 20) arrive();
      },
    });
    const asks = Array.from({ length: 20 }, () => post(`${kit.url}/actors/cart/a/ask/add`, []));
    await arrived;

    const statuses = await Promise.all(
      ["/livez", "/readyz"].map(async (path) => (await fetch(kit.url + path)).status),
    );

    assert.deepEqual(statuses, [200, 200]);
    for (const reply of pending) reply();
    await Promise.all(asks);
  });

  it("name each check that fails", async () => {
    let broken: string | undefined;
    const check = (name: string) => () => {
      if (broken === name) throw new Error("swordfish");
    };
    for (const name of ["database", "mail"]) {
      broken = name;
      await using kit = await openKit({
        gateway: { checks: { database: check("database"), mail: check("mail") } },
      });

      const response = await fetch(`${kit.url}/readyz?verbose`);

      const text = await response.text();
      assert.equal(response.status, 503);
      assert.match(text, new RegExp(`^\\[-\\]${name} failed`, "m"));
      assert.equal(text.match(/^\[-\]/gm)?.length, 1, text);
      assert.equal((await fetch(`${kit.url}/readyz?exclude=${name}`)).status, 200);
      assert.equal((await fetch(`${kit.url}/livez`)).status, 200);
    }
  });

  it("have no check of the application in place of the gateway's own", async () => {
    for (const name of ["gateway", "drain", "system.main", ""]) {
      await assert.rejects(
        openKit({ gateway: { checks: { [name]: () => true } } }),
        { name: "UsageError" },
        name,
      );
    }
  });

  it("turn when the drain begins, before anything is closed", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    let reply = (): void => {};
    await using kit = await openKit({
      answer(_request, answer) {
        reply = () => answer.reply("1");
        arrive();
      },
    });
    const { gateway, url } = kit;
    const probe = async (path: string): Promise<number> =>
      (await gateway.fetch(new Request(url + path))).status;
    const pending = post(`${url}/actors/cart/a/ask/add`, []);
    await arrived;

    const closed = gateway.close();
    const during = [await probe("/livez"), await probe("/readyz")];
    reply();

    assert.deepEqual(during, [200, 503]);
    assert.equal((await pending).status, 200);
    const { answered, unknown } = await closed;
    assert.deepEqual([answered, unknown], [1, 0]);
  });
});

describe("a gateway that closes", () => {
  it("answers what it has accepted, refuses what comes later, and reports both", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    let reply = (): void => {};
    await using kit = await openKit({
      answer(_request, answer) {
        reply = () => answer.reply("1");
        arrive();
      },
    });
    const pending = post(`${kit.url}/actors/cart/a/ask/add`, []);
    await arrived;

    const closed = kit.gateway.close();
    reply();

    const response = await pending;
    assert.deepEqual([response.status, response.headers.get("connection")], [200, "close"]);
    assert.equal((await closed).answered, 1);
    await assert.rejects(fetch(`${kit.url}/livez`), "nothing listens");
    const late = await kit.gateway.fetch(new Request(`${kit.url}/metadata`));
    assert.equal(late.status, 503);
    assert.match(await late.text(), /ERR_DRAINING/);
    assert.equal(await kit.gateway.close(), await closed, "the same report");
    const drained = kit.lines.filter(({ event }) => event === "gateway.drained");
    assert.deepEqual(
      drained.map(({ answered, unknown }) => [answered, unknown]),
      [[1, 0]],
    );
  });

  it("cuts what is not answered at the deadline, and says so", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<AbortNotice>();
    await using kit = await openKit({
      answer({ signal }, answer) {
        const failure = { status: 500, code: "ERR_ABORTED", message: "gone", outcome: "unknown" };
        signal.addEventListener("abort", () => answer.fail(failure as Failure));
        arrive(signal);
      },
    });
    const cut = assert.rejects(post(`${kit.url}/actors/cart/a/ask/add`, []));
    const signal = await arrived;

    const { answered, unknown } = await kit.gateway.close({ deadlineMs: 1 });

    assert.deepEqual([answered, unknown], [0, 1]);
    await cut;
    assert.ok(signal.aborted, "the call is no longer waited for");
  });

  it("refuses a deadline that is none", async () => {
    await using kit = await openKit();

    await assert.rejects(kit.gateway.close({ deadlineMs: -1 }), { code: "ERR_INVALID_OPTION" });
    await assert.rejects(kit.gateway.close({ deadline: 1 } as never), {
      code: "ERR_INVALID_OPTION",
    });
  });
});
