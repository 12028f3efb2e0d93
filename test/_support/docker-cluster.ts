import assert from "node:assert/strict";
import { before, it } from "node:test";
import { order, show, traceIdOf } from "./demo-client.ts";
import type { DockerStack } from "./docker-stack.ts";
import { JaegerClient } from "./stack-jaeger.ts";
import { eventually } from "./stack-program.ts";
import { PrometheusClient } from "./stack-prometheus.ts";
import { VictoriaLogsClient } from "./stack-victorialogs.ts";

const RUNNERS = ["app", "app-2", "app-3"];
const LABELS = 'service_name="limelight-demo"';

const REQUEST = "POST /actors/desk/{key}/ask/place";

/** Tests of the demo as a cluster. `stackOf` returns a stack of which nothing runs. */
export function testCluster(stackOf: () => DockerStack): void {
  let stack: DockerStack;
  let prometheus: PrometheusClient;
  const placed: string[] = [];

  /** Places an order through `service`; the demo declines some payments on purpose. */
  async function place(service: string): Promise<string> {
    const url = await stack.reach(service, 8080);
    return await eventually(`an order placed through ${service}`, async () => {
      const answer = await order(url, { item: "lamp", quantity: 1 });
      if (answer.status !== 200) return undefined;
      placed.push(answer.json.id);
      return traceIdOf(answer);
    });
  }

  function readyRunners(count: number): Promise<boolean> {
    const query = `max(cluster_runner_active{${LABELS},cluster_runner_state="ready"})`;
    return eventually(`${count} ready runners`, async () =>
      (await prometheus.value(query)) === count ? true : undefined,
    );
  }

  before(async () => {
    stack = stackOf();
    await stack.up("docker-compose.cluster.yml");
    prometheus = new PrometheusClient(await stack.reach("prometheus", 9090));
  });

  it("starts every service, healthy and at the first try", async () => {
    const states = (await stack.containers()).map(
      ({ service, status, health, exitCode, restarts }) => [
        service,
        [health ?? status, exitCode, restarts],
      ],
    );

    const running = ["running", 0, 0];
    const healthy = ["healthy", 0, 0];
    const done = ["exited", 0, 0];
    assert.deepEqual(Object.fromEntries(states), {
      "volume-owners": done,
      "nats-owner": done,
      nats: healthy,
      prometheus: healthy,
      jaeger: healthy,
      victorialogs: running,
      "victorialogs-ready": done,
      collector: running,
      "collector-ready": done,
      app: healthy,
      "app-2": healthy,
      "app-3": healthy,
      load: running,
    });
  });

  it("has a server that syncs each write", async () => {
    const monitor = await stack.reach("nats", 8222);
    const answer = await fetch(`${monitor}/jsz?config=true`);
    const { config } = (await answer.json()) as { config: Record<string, unknown> };

    assert.equal(config["sync_always"], true);
    assert.equal(config["store_dir"], "/data/jetstream");
  });

  it("has one trace of a request, whichever containers its actors are in", async () => {
    const jaeger = new JaegerClient(await stack.reach("jaeger", 16686));
    const traceIds = await Promise.all(RUNNERS.map((service) => place(service)));

    // The desk has one container, so two of the three requests reach it from another one.
    for (const traceId of traceIds) {
      await eventually(`the spans of ${traceId}`, async () => {
        const names = (await jaeger.trace(traceId)).map(({ name }) => name);
        return names.includes("order.place") && names.includes(REQUEST) ? true : undefined;
      });
    }
    const traces = await Promise.all(traceIds.map((traceId) => jaeger.trace(traceId)));
    const instances = traces.map((spans) => new Set(spans.map(({ instance }) => instance)).size);
    assert.ok(instances.filter((count) => count > 1).length >= 2, String(instances));
  });

  it("has the log lines of every runner in VictoriaLogs", async () => {
    const logs = new VictoriaLogsClient(await stack.reach("victorialogs", 9428));

    for (const instance of ["app-1", "app-2", "app-3"]) {
      const query = `{service.name="limelight-demo"} node_id:~"^${instance}-" event:="cluster.open"`;
      await eventually(`the first line of ${instance}`, async () =>
        (await logs.lines(query)).length > 0 ? true : undefined,
      );
    }
  });

  it("has three runners in Prometheus", async () => {
    await readyRunners(3);
  });

  it("answers for every order after a runner was killed", async () => {
    for (const service of RUNNERS) await place(service);

    await stack.compose("kill", "app-2");

    const url = await stack.reach("app", 8080);
    for (const id of placed) {
      const found = await eventually(`order ${id}`, async () => {
        const answer = await show(url, id).catch(() => undefined);
        return answer?.status === 200 ? answer : undefined;
      });
      assert.equal(found.json.id, id);
    }
    await readyRunners(2);
  });

  it("has lost no order that the load has placed", async () => {
    await stack.compose("stop", "load");

    const said = await stack.compose("logs", "--no-log-prefix", "load");
    assert.match(said, /"orders_lost":0/);
  });
}
