import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import { NatsCluster } from "../_support/nats-server.ts";
import { NatsSessions } from "../_support/nats-sessions.ts";
import { Network } from "../_support/network.ts";
import { eventually } from "../_support/stack-program.ts";

const SERVERS = ["n1", "n2", "n3"];
/** As many as it takes until, as good as certainly, one of them is connected to each server. */
const SESSIONS = 24;

async function canWrite(session: EngineSession, at: number): Promise<true | undefined> {
  const write = session.placements.put(`a.${at}`, Buffer.from("x"));
  return await write.then(
    () => true,
    () => undefined,
  );
}

describe("sessions with one of three servers that is separated from the others", () => {
  it("go to another one, although it answers them", async () => {
    await using network = await Network.open(SERVERS);
    const [one, two, three] = SERVERS.map((name) => network.machine(name));
    assert.ok(one && two && three);
    await using cluster = await NatsCluster.start({ machines: [one, two, three] });
    await using sessions = new NatsSessions({
      servers: cluster.addresses,
      replicas: 3,
      allowInsecure: true,
      requestTimeoutMs: 1_000,
    });
    const all = await Promise.all(Array.from({ length: SESSIONS }, () => sessions.open()));

    await network.cut(["n3"], ["n1", "n2"]);

    await Promise.all(
      all.map((session, at) => eventually(`written by ${at}`, () => canWrite(session, at))),
    );
    assert.ok(sessions.count("server_silent") > 0);
  });
});
