import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ErrorCode } from "../../../src/base/errors.ts";
import { decodeLease, encodeLease } from "../../../src/cluster/codec/lease-codec.ts";
import type { EngineSession } from "../../../src/cluster/engine/engine.ts";
import { type KeyValue, NO_ENTRY } from "../../../src/cluster/engine/key-value.ts";
import { COORDINATOR_LEASE } from "../../../src/cluster/protocol/subjects.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { CoordinatorWorld, type Node } from "../../_support/coordinator-world.ts";

const active = (nodes: readonly Node[]) =>
  nodes.filter(({ coordinator }) => coordinator.term !== undefined);

/** A session whose watches of leases do not tell what has expired. */
function withoutRemovals(session: EngineSession): EngineSession {
  const { leases } = session;
  const silent: KeyValue = {
    read: (key) => leases.read(key),
    put: (key, value, condition) => leases.put(key, value, condition),
    remove: (key, condition) => leases.remove(key, condition),
    list: (prefix) => leases.list(prefix),
    watch: (prefix, listener) =>
      leases.watch(prefix, {
        changed: (entry) => listener.changed(entry),
        removed: () => {},
        current: () => listener.current(),
      }),
  };
  return new Proxy(session, {
    get: (target, name) => (name === "leases" ? silent : Reflect.get(target, name, target)),
  });
}

describe("the election of the coordinator", () => {
  it("has one winner among many nodes that start together", async () => {
    await using world = await CoordinatorWorld.open();
    const nodes = await Promise.all(Array.from({ length: 9 }, (_, at) => world.node(`n${at}`)));

    for (const { coordinator } of nodes) coordinator.start();
    await world.until(() => active(nodes).length > 0);
    await world.clock.advance(60_000);

    assert.equal(active(nodes).length, 1);
    const [leader] = active(nodes);
    for (const { observer } of nodes) {
      const seen = observer.of("coordinatorSeen").at(-1);
      assert.deepEqual(seen, [leader!.nodeId, leader!.coordinator.term]);
    }
  });

  it("costs the others a read per lease at most, and no writes, while the lease is renewed", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const other = await world.node("node-2");
    other.coordinator.start();
    await world.clock.advance(1_000);
    const before = other.session.calls.length;

    await world.clock.advance(150_000);

    const calls = other.session.calls.slice(before);
    assert.deepEqual(
      calls.filter(({ isWrite }) => isWrite),
      [],
    );
    assert.ok(calls.length <= 10, `${calls.length} calls`);
  });

  it("is repeated when the coordinator has crashed, after its lease has expired and not before", async () => {
    await using world = await CoordinatorWorld.open();
    const first = await world.leader();
    const second = await world.node("node-2");
    second.coordinator.start();
    await world.clock.advance(5_000);
    first.session.isCrashed = true;
    const crashedAtMs = world.clock.monotonicMs();

    await world.until(() => second.coordinator.term !== undefined);

    const tookMs = world.clock.monotonicMs() - crashedAtMs;
    assert.ok(tookMs > 12_000 && tookMs <= 18_000, `${tookMs} ms`);
    assert.equal(first.coordinator.term, undefined);
    const [[term]] = first.observer.of("termBegun") as [[number]];
    assert.ok((second.coordinator.term ?? 0) > term, "terms increase");
    assert.deepEqual(first.observer.of("termEnded"), [[term, "lease_overdue"]]);
  });

  it("is repeated soon after the engine has let a lease expire late, without telling", async () => {
    const lateMs = 700;
    await using world = await CoordinatorWorld.open({ leaseTtlMs: 15_000 - lateMs });
    const first = await world.leader();
    const second = await world.node("node-2", { session: withoutRemovals(world.client) });
    second.coordinator.start();
    await world.clock.advance(5_000);
    first.session.isCrashed = true;
    const isHeld = async () => (await world.client.leases.read(COORDINATOR_LEASE)) !== undefined;
    await world.until(async () => !(await isHeld()));
    const expiredAtMs = world.clock.monotonicMs();

    await world.until(() => second.coordinator.term !== undefined);

    const tookMs = world.clock.monotonicMs() - expiredAtMs;
    assert.ok(tookMs <= 1_000, `${tookMs} ms`);
  });

  it("is repeated at once when the coordinator gives the lease back", async () => {
    await using world = await CoordinatorWorld.open();
    const first = await world.leader();
    const second = await world.node("node-2");
    second.coordinator.start();
    await world.clock.advance(5_000);
    const closedAtMs = world.clock.monotonicMs();

    await first.coordinator.close();
    await world.until(() => second.coordinator.term !== undefined);

    assert.ok(world.clock.monotonicMs() - closedAtMs <= 2_100);
    assert.equal(first.observer.of("termEnded")[0]?.[1], "released");
  });

  it("ends a term by the node's own clock before the lease can expire", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, coordinator } = await world.leader();
    session.fateOf = ({ name }) => (name === "leases.put" ? "lost" : "works");

    await world.until(() => coordinator.term === undefined);

    // 9 s after the last renewal, while the lease lasts for 15 s.
    assert.notEqual(await world.client.leases.read(COORDINATOR_LEASE), undefined);
    session.fateOf = () => "works";
    await world.until(() => coordinator.term !== undefined); // its own lease need not expire
  });

  it("does not end a term for one renewal of unknown outcome, whether it has happened or not", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, observer } = await world.leader();
    for (const fate of ["lost", "unanswered"] as const) {
      let left = 2;
      session.fateOf = ({ name }) => {
        if (name !== "leases.put" || left === 0) return "works";
        left -= 1;
        return fate;
      };
      await world.clock.advance(30_000);
      assert.equal(left, 0);
    }

    assert.deepEqual(observer.of("termEnded"), []);
    assert.equal(observer.of("termBegun").length, 1);
  });

  it("ends a term when another node holds the lease", async () => {
    await using world = await CoordinatorWorld.open();
    const { coordinator, observer } = await world.leader();
    const lease = encodeLease({ version: 1, nodeId: "other", term: 99, writeId: "w", atMs: 0 });
    await world.client.leases.put(COORDINATOR_LEASE, lease);

    await world.clock.advance(3_000);

    assert.equal(coordinator.term, undefined);
    assert.equal(observer.of("termEnded")[0]?.[1], "lease_taken");
  });

  it("ends a term when the engine has lost its leases, also if that of another node has the same revision", async () => {
    await using world = await CoordinatorWorld.open();
    const node = await world.node("node-1");
    let puts = 0;
    let revision = 0;
    const before = node.session.leases;
    // An engine that counts from the same number again, as a server with new streams does.
    const renumbered: KeyValue = {
      ...before,
      read: async (key) => {
        const entry = await before.read(key);
        return entry && { ...entry, revision };
      },
      put: async (key, value) => {
        puts += 1;
        const present = await before.read(key);
        await before.put(key, value, { expectedRevision: present?.revision ?? NO_ENTRY });
        return revision;
      },
    };
    const first = await world.leader("node-1", {
      session: new Proxy(node.session, {
        get: (target, name) => (name === "leases" ? renumbered : Reflect.get(target, name, target)),
      }),
    });
    revision = first.coordinator.term ?? 0;
    const value = encodeLease({
      version: 1,
      nodeId: "node-2",
      term: 0,
      writeId: "other",
      atMs: world.clock.epochMs(),
    });

    await world.client.leases.remove(COORDINATOR_LEASE);
    await world.client.leases.put(COORDINATOR_LEASE, value, { expectedRevision: NO_ENTRY });
    const putsThen = puts;
    await world.until(() => first.coordinator.term === undefined, 5_000);

    assert.equal(puts, putsThen, "it has not written over the lease of the other node");
    assert.equal(first.observer.of("termEnded").length, 1);
  });

  it("leaves a lease alone that it cannot read: it may be of a later version", async () => {
    await using world = await CoordinatorWorld.open();
    const later = Buffer.from('{"version":2,"holder":"x"}');
    await world.client.leases.put(COORDINATOR_LEASE, later);
    const node = await world.node("node-1");

    node.coordinator.start();
    await world.clock.advance(10_000);

    assert.equal(node.coordinator.term, undefined);
    await world.until(() => node.coordinator.term !== undefined); // it has expired
  });

  it("goes on when the engine cannot be reached for a while", async () => {
    await using world = await CoordinatorWorld.open();
    const node = await world.node("node-1");
    node.session.fateOf = () => "lost";
    node.coordinator.start();
    await world.clock.advance(20_000);
    assert.equal(node.coordinator.term, undefined);

    node.session.fateOf = () => "works";

    await world.until(() => node.coordinator.term !== undefined);
    await world.runner("r-1");
    assert.equal((await world.place("cart.a")).kind, "placed");
  });

  it("gives the lease back also if the node is closed while it takes it", async () => {
    await using world = await CoordinatorWorld.open();
    const node = await world.node("node-1");
    node.coordinator.start();
    void world.clock.advance(1); // not awaited: the step is under way
    await world.settled(node.coordinator.close());

    await settleTurns();

    assert.equal(await world.client.leases.read(COORDINATOR_LEASE), undefined);
    await world.clock.advance(60_000);
    assert.equal(node.coordinator.term, undefined);
  });

  it("leaves neither side of an even split active once the lease cannot be renewed (C11)", async () => {
    // On three servers a renewal is a write that two of them must store. Where none can store it, as on both sides of
    // an even split of the servers, renewals fail, and no term outlives the last one that was stored.
    await using world = await CoordinatorWorld.open();
    const left = await world.leader("left");
    const right = await world.node("right");
    right.coordinator.start();
    await world.runner("r-1");
    await world.clock.advance(5_000);

    left.session.fateOf = ({ isWrite }) => (isWrite ? "lost" : "works");
    right.session.fateOf = ({ isWrite }) => (isWrite ? "lost" : "works");
    await world.clock.advance(left.coordinator.term === undefined ? 0 : 9_001);

    assert.deepEqual(active([left, right]), []);
    await world.clock.advance(120_000);
    assert.deepEqual(active([left, right]), []);
    await assert.rejects(world.place("cart.a"), { code: ErrorCode.EngineNoListener });
    left.session.fateOf = () => "works";
    await world.until(() => active([left, right]).length === 1);
  });

  it("writes a lease that says who holds it, and for which term", async () => {
    await using world = await CoordinatorWorld.open();
    const { coordinator } = await world.leader("node-7");
    await world.clock.advance(5_000);

    const lease = decodeLease((await world.client.leases.read(COORDINATOR_LEASE))!.value);

    assert.deepEqual([lease.nodeId, lease.term], ["node-7", coordinator.term]);
  });
});
