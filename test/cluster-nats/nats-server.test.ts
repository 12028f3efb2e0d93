import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StackVersion } from "../../tools/stack/versions.ts";
import { NatsCluster, NatsServer } from "../_support/nats-server.ts";
import { eventually } from "../_support/stack-program.ts";

async function varz(server: NatsServer): Promise<{ version: string; jetstream: object }> {
  const answer = await fetch(`${server.monitorUrl}/varz`);
  return (await answer.json()) as { version: string; jetstream: object };
}

async function isSilent(server: NatsServer): Promise<boolean> {
  try {
    await fetch(`${server.monitorUrl}/healthz`, { signal: AbortSignal.timeout(300) });
    return false;
  } catch {
    return true;
  }
}

describe("the NATS servers of the tests", () => {
  for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
    it(`run ${version}, and keep their port when they are killed and started again`, async () => {
      await using server = await NatsServer.start({ version });
      const { port } = server;
      assert.equal((await varz(server)).version, version);

      await server.kill();
      assert.equal(server.running, false);
      await server.startAgain();

      assert.equal(server.port, port);
      assert.equal((await varz(server)).version, version);
    });
  }

  it("say nothing while they are paused", async () => {
    await using server = await NatsServer.start();

    server.pause();
    await eventually("paused", async () => (await isSilent(server)) || undefined);
    server.resume();

    await server.ready();
  });

  it("sync each write if they are told to", async () => {
    await using server = await NatsServer.start({ syncAlways: true });

    const { jetstream } = await varz(server);

    assert.match(JSON.stringify(jetstream), /"sync_always":true/);
  });

  it("say why a configuration is refused", async () => {
    await assert.rejects(NatsServer.start({ config: "no_such_field: 1" }), /no_such_field/);
  });

  it("are a cluster of three that loses its leader and finds another", async () => {
    await using cluster = await NatsCluster.start();
    const first = await cluster.leader();
    assert.ok(first);

    await first.kill();
    const second = await eventually("another leader", () => cluster.leader());

    assert.notEqual(second, first);
  });
});
