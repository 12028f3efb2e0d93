import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { arrive } from "../../arrivals.ts";
import type { Subject } from "../../subject.ts";

/** An open connection to one actor: each action crosses to the engine's process and back. */
interface Counter {
  add(by: number): Promise<void>;
  get(): Promise<number>;
}

/** Starts rivetkit's own engine on loopback. CPU time of the engine's process is not counted. */
export async function subject(): Promise<Subject<Counter>> {
  const storage = await mkdtemp(join(tmpdir(), "limelight-bench-rivetkit-"));
  // Read when rivetkit loads. Its telemetry is error reports to its makers.
  Object.assign(process.env, {
    RIVETKIT_STORAGE_PATH: storage,
    RIVET__TELEMETRY__ENABLED: "false",
    RIVET_RUN_SERVICES: "0",
  });
  const { actor, setup } = await import("rivetkit");
  const { createClient } = await import("rivetkit/client");
  const counter = actor({
    state: { count: 0 },
    actions: {
      add(c, by: number) {
        c.state.count += by;
        arrive();
      },
      get: (c) => c.state.count,
    },
  });
  const enginePort = await freePort();
  const registry = setup({
    use: { counter },
    startEngine: true,
    engineHost: "127.0.0.1",
    enginePort,
    startServices: false,
  });
  registry.start();
  const client = createClient<typeof registry>({ endpoint: `http://127.0.0.1:${enginePort}` });
  let named = 0;
  const connect = (): Counter => {
    named += 1;
    return client.counter.getOrCreate([`counter-${named}`]).connect();
  };
  await untilReady(() => client.counter.getOrCreate(["ready"]).get());
  return {
    async spawn() {
      const connection = connect();
      await connection.get();
      return connection;
    },
    tell(to) {
      void to.add(1);
    },
    ask: (to) => to.get(),
    serve() {
      throw new Error("rivetkit plays no ping-pong: its actors cannot be handed to each other");
    },
    teardown: () => endEngine(storage),
  };
}

/** The engine takes some seconds until it knows this process as a runner. */
async function untilReady(probe: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      await probe();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(250);
    }
  }
}

/** rivetkit leaves its engine running on purpose. */
async function endEngine(storage: string): Promise<void> {
  const file = join(storage, ".rivetkit/var/engine/runtime.json");
  const { pid }: { pid: number } = JSON.parse(await readFile(file, "utf8"));
  process.kill(pid);
  await sleep(500);
  await rm(storage, { recursive: true, force: true });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
