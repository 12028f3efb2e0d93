import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { systemClock } from "../../../src/base/clock.ts";
import { Durability, type EngineFault } from "../../../src/cluster/engine/engine.ts";
import { findDurability } from "../../../src/cluster/nats-client/durability.ts";
import { readNatsOptions } from "../../../src/cluster/nats-client/nats-options.ts";

/** The monitoring of a server; its status and text. */
class Monitoring implements AsyncDisposable {
  readonly #server;
  readonly url: string;

  private constructor(server: ReturnType<typeof createServer>, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(text: string, status = 200): Promise<Monitoring> {
    const server = createServer((_request, response) => response.writeHead(status).end(text));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return new Monitoring(server, `http://127.0.0.1:${port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function varz(serverId: string, config: object): string {
  return JSON.stringify({ server_id: serverId, jetstream: { config } });
}

const SYNCED = { sync_always: true };
const LAZY = { sync_interval: 120_000_000_000 };

async function find(
  monitorUrls: readonly string[],
  { replicas = 1, durability = Durability.Process as Durability } = {},
): Promise<{ readonly found: Durability; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  const settings = readNatsOptions({ servers: "127.0.0.1", monitorUrls, replicas, durability });
  const found = await findDurability({
    settings,
    clock: systemClock,
    serverId: "A",
    onFault: ({ kind }: EngineFault) => faults.push(kind),
  });
  return { found, faults };
}

describe("durability of a NATS server", () => {
  it("is not known without its monitoring", async () => {
    assert.deepEqual(await find([]), { found: Durability.Unverified, faults: [] });
  });

  it("is that of the machine if each write is synced, and of the process otherwise", async () => {
    await using synced = await Monitoring.start(varz("A", SYNCED));
    await using lazy = await Monitoring.start(varz("A", LAZY));
    await using old = await Monitoring.start(varz("A", {}));

    assert.equal((await find([synced.url])).found, Durability.Machine);
    assert.equal((await find([`${lazy.url}/`])).found, Durability.Process);
    assert.equal((await find([old.url])).found, Durability.Process);
  });

  it("is confirmed by as many servers as there are copies, all of them synced", async () => {
    await using a = await Monitoring.start(varz("A", SYNCED));
    await using b = await Monitoring.start(varz("B", SYNCED));
    await using c = await Monitoring.start(varz("C", SYNCED));
    await using lazy = await Monitoring.start(varz("D", LAZY));
    const three = { replicas: 3 };

    assert.equal((await find([a.url, b.url, c.url], three)).found, Durability.Machine);
    assert.equal((await find([a.url, b.url, lazy.url], three)).found, Durability.Process);
    assert.equal((await find([a.url, b.url], three)).found, Durability.Unverified);
    assert.equal((await find([a.url, a.url, a.url], three)).found, Durability.Unverified);
    assert.equal((await find([b.url])).found, Durability.Unverified, "that of another server");
  });

  it("is not known if the monitoring fails, which is reported", async () => {
    await using broken = await Monitoring.start("no JSON");
    await using failing = await Monitoring.start("{}", 500);
    const gone = await Monitoring.start("");
    await gone[Symbol.asyncDispose]();

    for (const bad of [broken.url, failing.url, gone.url]) {
      const { found, faults } = await find([bad]);
      assert.equal(found, Durability.Unverified);
      assert.deepEqual(faults, ["monitoring_failed"]);
    }
  });

  it("is refused if the machine's is required and not confirmed", async () => {
    await using lazy = await Monitoring.start(varz("A", LAZY));
    await using synced = await Monitoring.start(varz("A", SYNCED));
    const machine = { durability: Durability.Machine };
    const unsafe = { name: "ClusterError", code: "ERR_ENGINE_UNSAFE" };

    await assert.rejects(find([], machine), { ...unsafe, message: /monitorUrls/ });
    await assert.rejects(find([lazy.url], machine), { ...unsafe, message: /sync_interval/ });
    assert.equal((await find([synced.url], machine)).found, Durability.Machine);
  });
});
