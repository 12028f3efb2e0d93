import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ClusterProcess } from "../_support/cluster-process.ts";
import { FaultProxy, Line } from "../_support/fault-proxy.ts";
import { NatsServer } from "../_support/nats-server.ts";
import { AWAY_MS, FaultRun, LEASE_MS } from "./fault-run.ts";

const RUNNERS = ["r1", "r2", "r3", "r4"];
const LOSSES = [Line.BlackHole, Line.NoReplies, Line.NoRequests];
const LATENCY_MS = 100;

describe("connections of runners that fail, on one server", () => {
  it("cost nothing that was acknowledged, and repeat nothing", async (context) => {
    await using server = await NatsServer.start({ syncAlways: true });
    await using stack = new AsyncDisposableStack();
    const proxies: FaultProxy[] = [];
    for (const name of RUNNERS) {
      const proxy = stack.use(await FaultProxy.start(server.port));
      proxies.push(proxy);
      stack.use(await ClusterProcess.start(`nats://${proxy.address}`, name, LEASE_MS));
    }
    const run = new FaultRun(`nats://127.0.0.1:${server.port}`);
    await run.answering();

    for (const [at, proxy] of proxies.entries()) {
      run.note("reset");
      proxy.reset();
      await run.answering();
      run.note("slow");
      proxy.slow(LATENCY_MS);
      await run.answering();
      proxy.slow(0);
      const loss = LOSSES[at % LOSSES.length] ?? Line.BlackHole;
      run.note(loss, RUNNERS[at]);
      proxy.set(loss);
      // A real duration: the lease of a real process has to run out.
      await delay(AWAY_MS);
      proxy.set(Line.Open);
      await run.answering();
    }

    context.diagnostic(await run.finish());
  });
});
