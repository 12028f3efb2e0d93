import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect } from "@nats-io/transport-node";
import { nats } from "../../../src/cluster.ts";
import { createSystem, defineKeyedActor, type MonitoredSystem } from "../../../src/index.ts";
import { inMemoryTelemetry } from "../../../src/testing.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { eventually } from "../../_support/stack-program.ts";

const counter = defineKeyedActor("counter", {
  state: () => ({ count: 0 }),
  handlers: { add: (c) => (c.state.count += 1) },
});

function join(server: NatsServer, name: string): MonitoredSystem {
  return createSystem({
    ...inMemoryTelemetry().systemOptions,
    name,
    actors: [counter],
    engine: nats({ servers: server.address }),
    cluster: { name, leaseTtlMs: 2_000 },
  });
}

/** Deletes everything that the server has stored, as an operator might, or a server with an empty disk would. */
async function deleteStreams(server: NatsServer): Promise<number> {
  const client = await connect({ servers: server.address });
  const ask = async (subject: string): Promise<{ readonly streams?: readonly string[] | null }> =>
    (await client.request(`$JS.API.${subject}`)).json();
  const { streams } = await ask("STREAM.NAMES");
  for (const name of streams ?? []) await ask(`STREAM.DELETE.${name}`);
  await client.close();
  return streams?.length ?? 0;
}

describe("a cluster whose streams are gone", () => {
  it("says so to callers, creates nothing by itself, and goes on once one process was restarted", async () => {
    await using server = await NatsServer.start();
    await using stack = new AsyncDisposableStack();
    const start = (name: string): MonitoredSystem => {
      const system = join(server, name);
      stack.defer(() => system.shutdown().then(() => {}));
      return system;
    };
    const first = start("first");
    assert.equal(await first.get(counter, "a").ask.add(), 1);
    assert.equal(await deleteStreams(server), 8);

    const asked = first.get(counter, "b").with({ timeoutMs: 1_000 }).ask.add();
    await assert.rejects(asked, {
      code: "ERR_NO_RUNNER",
      message: /its stream is gone: it was deleted, or the server has another store/,
    });
    await eventually("it takes no actors", () =>
      first.health().cluster?.isReady === false ? true : undefined,
    );
    assert.equal(await deleteStreams(server), 0, "nothing was created by a process that runs");

    const second = start("second");
    const isReady = (system: MonitoredSystem) => system.health().cluster?.isReady || undefined;
    await eventually("both take actors", () => isReady(first) && isReady(second));
    assert.equal(await second.get(counter, "c").ask.add(), 1);
    assert.equal(await first.get(counter, "a").ask.add(), 1);
    assert.equal(await second.get(counter, "a").ask.add(), 2);
  });
});
