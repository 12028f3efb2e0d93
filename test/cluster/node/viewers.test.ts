import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { decodeHeartbeat, encodeHeartbeat } from "../../../src/cluster/codec/runner-codec.ts";
import type { Engine, EngineParts, EngineSession } from "../../../src/cluster/engine/engine.ts";
import type { KeyValue } from "../../../src/cluster/engine/key-value.ts";
import { type Console, createConsole } from "../../../src/console.ts";
import { defineKeyedActor } from "../../../src/index.ts";
import { ClusterWorld, type WorldNode } from "../../_support/cluster-world.ts";

const account = defineKeyedActor("account", {
  state: () => ({ cents: 0 }),
  handlers: {
    add: (c, cents: number) => (c.state.cents += cents),
    where: (c) => c.system.name,
  },
});

// biome-ignore lint/suspicious/noExplicitAny: answers of JSON
type Json = any;

/** A console of one node. */
class Viewer implements AsyncDisposable {
  readonly #console: Console;

  private constructor(console: Console) {
    this.#console = console;
  }

  static async open({ system }: WorldNode): Promise<Viewer> {
    return new Viewer(await createConsole(system, { port: 0, allowActions: true }));
  }

  async get(path: string): Promise<Json> {
    return await this.#ask(path, {});
  }

  async act(action: object): Promise<Json> {
    const headers = { "content-type": "application/json", "x-limelight-action": "1" };
    const body = JSON.stringify(action);
    return await this.#ask("/api/actions", { method: "POST", headers, body });
  }

  async #ask(path: string, init: RequestInit): Promise<Json> {
    const { port, token } = this.#console;
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers });
    return await response.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#console.close();
  }
}

/** An engine whose runners find themselves in ill health while a test says so. */
function illHealth(engine: Engine): { readonly engine: Engine; score: number } {
  const ill = { engine: { ...engine, open }, score: 0 };
  async function open(parts: EngineParts): Promise<EngineSession> {
    const session = await engine.open(parts);
    const put: KeyValue["put"] = (key, value, condition) => {
      const isBeat = key.startsWith("r.");
      const told = isBeat ? { ...decodeHeartbeat(value), healthScore: ill.score } : undefined;
      const written = told === undefined ? value : encodeHeartbeat(told);
      return session.leases.put(key, written, condition);
    };
    const leases = withMethod(session.leases, "put", put);
    return withMethod(session, "leases", leases);
  }
  return ill;
}

/** Returns `target` with another `name`. */
function withMethod<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  value: Target[Name],
): Target {
  return new Proxy(target, {
    get(from, property) {
      if (property === name) return value;
      const own: unknown = Reflect.get(from, property, from);
      return typeof own === "function" ? own.bind(from) : own;
    },
  });
}

async function untilAsync(isReached: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 10_000; turn += 1) {
    if (await isReached()) return;
    await nextTurn();
  }
  throw new Error("it is never reached");
}

/** Resolves once the placement of an account has this status. */
async function reached(world: ClusterWorld, key: string, status: string): Promise<void> {
  for (let turn = 0; turn < 100_000; turn += 1) {
    if ((await world.placement(`account.${key}`))?.status === status) return;
    await nextTurn();
  }
  throw new Error(`the actor is not ${status}`);
}

/** Returns a key whose actor is on `node`, once it is. */
async function keyAt(world: ClusterWorld, from: WorldNode, node: WorldNode): Promise<string> {
  for (let number = 0; number < 100; number += 1) {
    const key = `k${number}`;
    const where = await from.system.get(account, key).ask.where();
    if (where !== node.name) continue;
    await reached(world, key, "running");
    return key;
  }
  throw new Error("no key is there");
}

describe("viewers of a node", () => {
  it("see all nodes of the cluster, also one that only calls, and where actors are", async () => {
    await using world = await ClusterWorld.open();
    const a = await world.add("a", { actors: [account] });
    const b = await world.add("b", { actors: [account] });
    const client = await world.add("c", { actors: [account] }, { client: true });
    const key = await keyAt(world, a, b);
    await using viewer = await Viewer.open(client);

    const { clusters } = await viewer.get("/api/cluster");
    const { placements } = await viewer.get("/api/cluster/placements?type=account&prefix=k");

    const [{ nodes, coordinator, engine, problems }] = clusters;
    assert.deepEqual(problems, []);
    assert.equal(engine.name, "embedded");
    assert.deepEqual(
      nodes.map(({ name, role, status, reachable, self }: Json) => [
        name,
        role,
        status,
        reachable,
        self,
      ]),
      [
        ["a", "runner", "ready", true, false],
        ["b", "runner", "ready", true, false],
        ["c", "client", null, true, true],
      ],
    );
    assert.ok(coordinator.term >= 1);
    const ofB = nodes.find(({ name }: Json) => name === "b");
    assert.ok(ofB.leaseRemainingMs > 0);
    assert.ok(ofB.types[0].actors >= 1);
    assert.equal(placements.find(({ id }: Json) => id === `account/${key}`).runnerId, ofB.id);
  });

  it("see a key that runs elsewhere with what only its runner knows, and put it to sleep there", async () => {
    await using world = await ClusterWorld.open();
    const a = await world.add("a", { actors: [account] });
    const b = await world.add("b", { actors: [account] });
    const key = await keyAt(world, a, b);
    await a.system.get(account, key).ask.add(5);
    await using viewer = await Viewer.open(a);

    const detail = await viewer.get(`/api/keys/account%2F${key}`);
    const { keys } = await viewer.get(`/api/keys?type=account&prefix=${key}`);

    assert.equal(detail.placement.reachable, true);
    assert.equal(detail.placement.reason, "wanted");
    assert.match(detail.actor.id, /^account\//);
    assert.equal(keys[0].awake, true);
    assert.equal(keys[0].runnerId, detail.placement.runnerId);

    const slept = await viewer.act({ action: "sleep", id: `account/${key}` });
    assert.equal(slept.action, "sleep");
    await reached(world, key, "asleep");
    assert.equal((await viewer.get(`/api/keys?type=account&prefix=${key}`)).keys[0].awake, false);

    const woken = await viewer.act({ action: "wake", id: `account/${key}` });
    assert.deepEqual(woken, { action: "wake", id: `account/${key}`, awake: true });
    assert.equal(await b.system.get(account, key).ask.add(1), 6);
  });

  it("see that a runner is given no actors, why and since when, and that it is again", async () => {
    await using world = await ClusterWorld.open();
    const a = await world.add("a", { actors: [account] });
    const ill = illHealth(world.engine);
    await world.add("b", { actors: [account], engine: ill.engine });
    await using viewer = await Viewer.open(a);
    const evicted = async (): Promise<Json> => {
      const { clusters } = await viewer.get("/api/cluster");
      return clusters[0].nodes.find(({ name }: Json) => name === "b").evicted;
    };
    assert.equal(await evicted(), null);

    const fromMs = Date.now();
    ill.score = 8;
    await untilAsync(async () => (await evicted()) !== null);
    const { reason, sinceAtMs } = await evicted();
    ill.score = 0;
    await untilAsync(async () => (await evicted()) === null);

    assert.equal(reason, "unhealthy");
    assert.ok(sinceAtMs >= fromMs && sinceAtMs <= Date.now());
  });

  it("see an actor move, with the reason, when its runner leaves", async () => {
    await using world = await ClusterWorld.open();
    const a = await world.add("a", { actors: [account] });
    const b = await world.add("b", { actors: [account] });
    const key = await keyAt(world, a, b);
    await a.system.get(account, key).ask.add(5);
    await using viewer = await Viewer.open(a);

    await world.end(b);
    assert.equal(await a.system.get(account, key).ask.add(1), 6);
    const { moves } = await viewer.get(`/api/cluster/placements/account%2F${key}`);
    const { clusters } = await viewer.get("/api/cluster");

    assert.equal(moves[0].id, `account/${key}`);
    assert.match(moves[0].from, /^b-/);
    assert.match(moves[0].to, /^a-/);
    assert.match(moves[0].reason, /^runner_(draining|left)$/);
    const [{ nodes }] = clusters;
    assert.deepEqual(
      nodes.map(({ name, status }: Json) => [name, status]),
      [
        ["a", "ready"],
        ["b", "left"],
      ],
    );
  });
});
