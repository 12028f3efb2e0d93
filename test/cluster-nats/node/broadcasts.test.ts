import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createClient } from "../../../src/client.ts";
import { nats } from "../../../src/cluster.ts";
import { createSystem, type MonitoredSystem } from "../../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { channel, type exposedChannel } from "../../_support/cluster-channel.ts";
import { ClusterProcess } from "../../_support/cluster-process.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { eventually, freePort } from "../../_support/stack-program.ts";

const LEASE_MS = 2_000;
const KEY = "news";
const NAMES = ["r1", "r2", "r3"];
const PROGRAM = join(import.meta.dirname, "../../_support/gateway-runner-program.ts");

type Exposed = readonly [typeof exposedChannel];
type Chat = ReturnType<typeof createClient<Exposed>>;

/** One connection, and what it was told. */
class Listener {
  readonly connection: ReturnType<Chat["channel"]["get"]>["connect"] extends (
    ...args: never[]
  ) => infer Connection
    ? Connection
    : never;
  /** Number of the last event. */
  last = 0;
  heard = 0;
  resyncs = 0;
  /** Events that were missed or came twice, without a word. */
  readonly faults: string[] = [];
  #isTold = true;

  constructor(client: Chat, name: string) {
    this.connection = client.channel.get(KEY).connect();
    this.connection.on("said", ({ number }) => {
      const isNext = number === this.last + 1 || (this.#isTold && number > this.last);
      if (!isNext) this.faults.push(`${name} heard ${number} after ${this.last}`);
      this.#isTold = false;
      this.last = number;
      this.heard += 1;
    });
    this.connection.onResync(() => {
      this.resyncs += 1;
      this.#isTold = true;
    });
  }
}

/** A process with a gateway, and connections at it. */
interface Place {
  readonly name: string;
  readonly port: number;
  runner: ClusterProcess;
  readonly client: Chat;
  readonly listeners: readonly Listener[];
}

describe("broadcasts to sockets at three processes", () => {
  it("reach all of them, also while their actor moves: none is lost without a word", async () => {
    await using server = await NatsServer.start();
    const servers = `nats://127.0.0.1:${server.port}`;
    await using stack = new AsyncDisposableStack();
    const start = async (name: string, port: number): Promise<ClusterProcess> =>
      stack.use(await ClusterProcess.start(servers, `${name}@${port}`, LEASE_MS, [], PROGRAM));
    const open = async (name: string): Promise<Place> => {
      const port = await freePort();
      const runner = await start(name, port);
      const client = createClient<Exposed>(`http://127.0.0.1:${port}`);
      stack.defer(async () => void (await client.$close()));
      const listeners = [1, 2].map((at) => new Listener(client, `${name}-${at}`));
      return { name, port, runner, client, listeners };
    };
    const places = await Promise.all(NAMES.map(open));
    const all = places.flatMap(({ listeners }) => listeners);
    const { systemOptions } = inMemoryTelemetry();
    const system = createSystem({
      ...systemOptions,
      actors: [channel],
      engine: nats({ servers }),
      cluster: { name: "client", client: true, leaseTtlMs: LEASE_MS },
    });
    const speaker = new Speaker(system);
    await heardByAll(speaker, all, "at first");

    for (const end of ["stop", "kill"] as const) {
      const home = await speaker.home();
      const place = places.find(({ name }) => name === home);
      assert.ok(place !== undefined, `the channel is at ${home}`);
      await place.runner[end]();
      const others = places.filter((one) => one !== place).flatMap(({ listeners }) => listeners);
      await heardByAll(speaker, others, `by the others after ${end}`);
      assert.notEqual(await speaker.home(), home);
      place.runner = await start(place.name, place.port);
      await heardByAll(speaker, all, `by all after ${end}`);
    }
    await speaker.end();

    assert.deepEqual(
      all.flatMap(({ faults }) => faults),
      [],
    );
    assert.ok(all.every(({ heard }) => heard > 100));
    expectBooks(system);
    await system.shutdown();
  });
});

/** Has the channel say something again and again. */
class Speaker {
  readonly #system: MonitoredSystem;
  readonly #speaking: Promise<void>;
  #isOver = false;
  /** Number of the last event that was acknowledged. */
  last = 0;

  constructor(system: MonitoredSystem) {
    this.#system = system;
    this.#speaking = this.#speak();
  }

  async home(): Promise<string> {
    return await this.#system.get(channel, KEY).ask.where();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#speaking;
  }

  async #speak(): Promise<void> {
    while (!this.#isOver) {
      const said = this.#system.get(channel, KEY).with({ timeoutMs: 10_000 }).ask.say("hello");
      // What has become of one is not always known; its number shows whether anybody has missed it.
      this.last = await said.catch(() => this.last);
    }
  }
}

/** Waits until all have heard something that is said from now on. */
async function heardByAll(
  speaker: Speaker,
  listeners: readonly Listener[],
  what: string,
): Promise<void> {
  const from = speaker.last;
  await eventually(`heard ${what}`, () =>
    speaker.last > from + 50 && listeners.every(({ last }) => last > from + 50) ? true : undefined,
  );
}
