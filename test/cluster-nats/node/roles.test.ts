import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "../../../src/base/clock.ts";
import type { EngineSession } from "../../../src/cluster/engine/engine.ts";
import { JetStreamApi } from "../../../src/cluster/nats-client/jetstream-api.ts";
import type { NatsOptions } from "../../../src/cluster/nats-client/nats-options.ts";
import { examineNats, permissionsFor } from "../../../src/cluster/nats-doctor/examine-nats.ts";
import { Severity } from "../../../src/cluster/nats-doctor/finding.ts";
import { NodeRole } from "../../../src/cluster/nats-doctor/permissions.ts";
import { type ClusterOptions, nats } from "../../../src/cluster.ts";
import { createSystem, type MonitoredSystem } from "../../../src/index.ts";
import { type InMemoryTelemetry, inMemoryTelemetry } from "../../../src/testing.ts";
import { ledger } from "../../_support/cluster-ledger.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { NatsSessions } from "../../_support/nats-sessions.ts";
import { uplinkTo } from "../../_support/nats-world.ts";
import { eventually } from "../../_support/stack-program.ts";

const LEASE_MS = 2_000;
const bytes = new TextEncoder().encode("1");

/** A server with a user for each role; their names and passwords are the role. */
async function serverWithRoles(): Promise<NatsServer> {
  const users = Object.values(NodeRole).map((role) => {
    const options = { servers: "127.0.0.1", inboxPrefix: `_INBOX_${role}` };
    return `{ user: "${role}", password: "${role}", ${permissionsFor(options, role)} }`;
  });
  return await NatsServer.start({ config: `authorization { users: [ ${users.join(", ")} ] }` });
}

function loginOf(server: NatsServer, role: NodeRole): NatsOptions {
  return { servers: server.address, user: role, password: role, inboxPrefix: `_INBOX_${role}` };
}

describe("permissions by the role of a node", () => {
  it("are enough for a coordinator, runners and a client", async () => {
    await using server = await serverWithRoles();
    const nodes: { system: MonitoredSystem; telemetry: InMemoryTelemetry }[] = [];
    const open = (role: NodeRole, name: string, cluster: ClusterOptions): MonitoredSystem => {
      const telemetry = inMemoryTelemetry();
      const system = createSystem({
        ...telemetry.systemOptions,
        name,
        actors: [ledger],
        engine: nats(loginOf(server, role)),
        cluster: { name, leaseTtlMs: LEASE_MS, ...cluster },
      });
      nodes.push({ system, telemetry });
      return system;
    };
    open(NodeRole.Node, "boss", { client: true, coordinator: true });
    const first = open(NodeRole.Runner, "first", { coordinator: false });
    const client = open(NodeRole.Client, "client", { client: true });
    const refs = ["a", "b", "c"].map((key) => client.get(ledger, key).with({ timeoutMs: 20_000 }));

    for (const ref of refs) assert.equal((await ref.ask.enter("1")).node, "first");
    const second = open(NodeRole.Runner, "second", { coordinator: false });
    await eventually("ready", () => second.health().cluster?.isReady || undefined);
    await first.shutdown();
    for (const ref of refs) assert.equal((await ref.ask.enter("2")).node, "second");
    await client.get(ledger, "a").sleep();
    assert.deepEqual(await refs[0]?.ask.entries(), ["1", "2"]);
    await client.get(ledger, "b").destroy();
    assert.equal((await refs[1]?.ask.enter("3"))?.version, 1);
    await second.shutdown();

    for (const { system, telemetry } of nodes) {
      const denied = telemetry.logs().filter((line) => /permi/i.test(JSON.stringify(line)));
      assert.deepEqual(denied, [], system.name);
      await system.shutdown();
    }
  });

  it("are examined by the role, and those of a higher one are missing", async () => {
    await using server = await serverWithRoles();
    await using nodes = new NatsSessions({ ...loginOf(server, NodeRole.Node) });
    await nodes.open();
    const problems = async (login: NodeRole, role: NodeRole): Promise<readonly string[]> =>
      (await examineNats(loginOf(server, login), systemClock, role))
        .filter(({ severity }) => severity === Severity.Problem)
        .map(({ text }) => text);

    for (const role of Object.values(NodeRole)) assert.deepEqual(await problems(role, role), []);
    assert.ok(
      (await problems(NodeRole.Client, NodeRole.Runner)).some((text) => text.includes("_RECORDS")),
    );
    assert.ok(
      (await problems(NodeRole.Runner, NodeRole.Node)).some((text) => text.includes(".cmd.")),
    );
  });

  it("keep users of one namespace from all that another one has", async () => {
    const namespaces = ["one", "two"] as const;
    const users = namespaces.map((namespace) => {
      const options = { servers: "127.0.0.1", namespace, inboxPrefix: `_INBOX_${namespace}` };
      return `{ user: ${namespace}, password: ${namespace}, ${permissionsFor(options, NodeRole.Node)} }`;
    });
    const config = `authorization { users: [ ${users.join(", ")} ] }`;
    await using server = await NatsServer.start({ config });
    const optionsOf = (user: string, namespace: string): NatsOptions => {
      const inboxPrefix = `_INBOX_${user}`;
      return { servers: server.address, user, password: user, namespace, inboxPrefix };
    };
    await using ones = new NatsSessions(optionsOf("one", "one"));
    await using twos = new NatsSessions(optionsOf("two", "two"));
    const one = await ones.open();
    const two = await twos.open();
    await one.commands.append({ id: "1", subject: "r-1.a.b", headers: {}, body: bytes });

    // With the subjects of the other one, as a forged client would send them.
    const uplink = await uplinkTo(optionsOf("two", "two"));
    const message = {
      stream: "LL_one_CMD",
      headers: {},
      body: bytes,
      subject: "ll.one.cmd.r-1.a.b",
    };
    const api = new JetStreamApi(uplink, 2_000);
    const steps = [
      () => api.read("LL_one_CMD", { seq: 1, next_by_subj: ">" }),
      () => api.store(message),
      () => api.store({ ...message, stream: "LL_one_RECORDS", subject: "ll.one.records.a.b" }),
      () => api.call("CONSUMER.CREATE.LL_one_CMD.x.ll.one.cmd.r-1.>", {}),
      () => api.call("CONSUMER.MSG.NEXT.LL_one_CMD.r_r-1", {}),
      () => api.call("STREAM.PURGE.LL_one_CMD", {}),
      () => uplink.request({ ...message, subject: "ll.one.bus.place" }, { timeoutMs: 2_000 }),
    ];
    for (const step of steps) await assert.rejects(step, /permi/i, String(step));
    await uplink.close();

    assert.equal((await one.commands.read({ filter: "r-1", limit: 10 })).length, 1);
    assert.equal((await two.commands.read({ filter: "r-1", limit: 10 })).length, 0);
  });

  it("keep runners from what coordinators write, and clients from all that is stored", async () => {
    await using server = await serverWithRoles();
    await using nodes = new NatsSessions({ ...loginOf(server, NodeRole.Node) });
    await using runners = new NatsSessions({ ...loginOf(server, NodeRole.Runner) });
    await using clients = new NatsSessions({ ...loginOf(server, NodeRole.Client) });
    await nodes.open();
    const runner = await runners.open();
    const client = await clients.open();
    const message = { id: "1", subject: "other.a.b", headers: {}, body: bytes };
    const ofCoordinators = (session: EngineSession): readonly (() => Promise<unknown>)[] => [
      () => session.commands.append(message),
      () => session.commands.purge("other"),
      () => session.placements.put("a.b", bytes),
      () => session.leases.put("c.coordinator", bytes),
      () => session.bus.request("control.other", message, { timeoutMs: 1_000 }),
    ];
    const ofRunners = (session: EngineSession): readonly (() => Promise<unknown>)[] => [
      () => session.leases.put("r.one", bytes),
      () => session.runners.put("one", bytes),
      () => session.events.append({ ...message, subject: "0.a.b" }),
      () => session.store.put("g/file", bytes),
    ];

    for (const step of [
      ...ofCoordinators(runner),
      ...ofCoordinators(client),
      ...ofRunners(client),
    ]) {
      await assert.rejects(step, /permi/i, String(step));
    }
    for (const step of ofRunners(runner)) await step();
    await assert.rejects(client.commands.read({ filter: "other", limit: 1 }), /permi/i);
    // A runner looks there for commands that are missing before others.
    assert.deepEqual(await runner.commands.read({ filter: "other", limit: 1 }), []);
    for (const session of [runner, client]) {
      await assert.rejects(session.events.read({ filter: "0", limit: 1 }), /permi/i);
    }
    assert.equal(await client.placements.read("a.b"), undefined);
    assert.equal((await client.runners.list("")).length, 1);
  });
});
