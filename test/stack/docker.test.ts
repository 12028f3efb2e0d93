import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { after, before, describe, it } from "node:test";
import { order, show, traceIdOf } from "../_support/demo-client.ts";
import { testCluster } from "../_support/docker-cluster.ts";
import { whyNoContainers } from "../_support/docker-engine.ts";
import { type Container, DockerStack } from "../_support/docker-stack.ts";
import { JaegerClient } from "../_support/stack-jaeger.ts";
import { eventually } from "../_support/stack-program.ts";
import { PrometheusClient } from "../_support/stack-prometheus.ts";
import { VictoriaLogsClient } from "../_support/stack-victorialogs.ts";

const REQUEST = "POST /actors/desk/{key}/ask/place";
const PUBLISHED = [16686, 4317, 4318, 8080, 9090];
/** All a process could still be allowed to do: nothing. */
const NO_CAPABILITIES = "0000000000000000";
/** With what `stopOnSignals` ends a process 1. */
const ENDED_BY_SIGTERM = 143;
/** Prints each of its arguments, ports, with each of the machine's addresses where it is answered. */
const TRY_EVERY_ADDRESS = `
  const { connect } = require("node:net");
  const { networkInterfaces } = require("node:os");
  const addresses = Object.values(networkInterfaces()).flat().filter(({ family, address }) =>
    family === "IPv4" || address === "::1").map(({ address }) => address);
  for (const port of process.argv.slice(1)) for (const address of addresses) {
    const socket = connect({ host: address, port: Number(port), timeout: 2_000 }, () => {
      console.log(address + ":" + port);
      socket.destroy();
    });
    socket.on("timeout", () => socket.destroy()).on("error", () => {});
  }
`;

/** The lines of `/proc/…/status` as a map. */
function readStatus(text: string): Map<string, string> {
  return new Map(text.split("\n").map((line) => line.split(/:\s+/) as [string, string]));
}

/** Folders of control groups named `name`. */
function controlGroups(name: string): string[] {
  const all = readdirSync("/sys/fs/cgroup", { recursive: true, encoding: "utf8" });
  return all.filter((path) => basename(path) === name);
}

/** Command lines of processes that have `text` in them. */
function commandLines(text: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      return ""; // it has ended meanwhile
    }
  });
  return lines.filter((line) => line.includes(text));
}

describe("docker compose up, without Grafana, in a real engine with images made here", {
  skip: whyNoContainers() ?? false,
}, () => {
  let stack: DockerStack;
  let containers: Container[];

  before(async () => {
    stack = await DockerStack.start();
    containers = await stack.containers();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  it("starts every service, healthy and at the first try", () => {
    const states = containers.map(({ service, status, health, exitCode, restarts }) => [
      service,
      [health ?? status, exitCode, restarts],
    ]);

    assert.deepEqual(Object.fromEntries(states), {
      "volume-owners": ["exited", 0, 0],
      prometheus: ["healthy", 0, 0],
      jaeger: ["healthy", 0, 0],
      victorialogs: ["running", 0, 0],
      "victorialogs-ready": ["exited", 0, 0],
      collector: ["running", 0, 0],
      "collector-ready": ["exited", 0, 0],
      app: ["healthy", 0, 0],
      load: ["running", 0, 0],
    });
  });

  it("lets no process be root, gain rights or write to its image", () => {
    const running = containers.filter(({ pid }) => pid > 0);

    assert.equal(running.length, 6);
    for (const { service, pid } of running) {
      const status = readStatus(stack.engine.procFile(pid, "status"));
      for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
        assert.equal(status.get(set), NO_CAPABILITIES, `${service} ${set}`);
      }
      assert.equal(status.get("NoNewPrivs"), "1", service);
      for (const set of ["Uid", "Gid"]) {
        assert.doesNotMatch(status.get(set) ?? "0", /\b0\b/, `${service} ${set}`);
      }
      const mounts = stack.engine.procFile(pid, "mountinfo").split("\n");
      const root = mounts.map((line) => line.split(" ")).find((fields) => fields[4] === "/");
      assert.match(root?.[5] ?? "", /^ro\b/, service);
    }
  });

  it("bounds every container's memory", () => {
    const unbounded = containers.filter(({ memoryLimitBytes }) => memoryLimitBytes === 0);

    assert.deepEqual(unbounded, []);
  });

  it("is reached on loopback and at no other address", async () => {
    const said = await stack.engine.onMachine(process.execPath, [
      "-e",
      TRY_EVERY_ADDRESS,
      ...PUBLISHED.map(String),
    ]);

    assert.deepEqual(
      said.trim().split("\n").toSorted(),
      PUBLISHED.map((port) => `127.0.0.1:${port}`),
    );
  });

  describe("a request to 127.0.0.1:8080", () => {
    let traceId: string;
    let orderId: string;

    before(async () => {
      const app = await stack.engine.reach("127.0.0.1", 8080);
      // The demo declines some payments on purpose, so one order may fail.
      await eventually("an order that is placed", async () => {
        const placed = await order(app, { item: "lamp", quantity: 1 });
        traceId = traceIdOf(placed);
        orderId = placed.json.id;
        return placed.status === 200 ? true : undefined;
      });
    });

    it("has its trace in Jaeger", async () => {
      const jaeger = new JaegerClient(await stack.engine.reach("127.0.0.1", 16686));

      const spans = await eventually("a trace with its actors", async () => {
        const found = await jaeger.trace(traceId);
        const names = found.map(({ name }) => name); // the request's own span ends last
        return names.includes(REQUEST) && names.includes("order.place") ? found : undefined;
      });
      assert.ok(spans.every(({ service }) => service === "limelight-demo"));
    });

    it("has its log lines in VictoriaLogs", async () => {
      const logs = new VictoriaLogsClient(await stack.reach("victorialogs", 9428));

      const bodies = await eventually("the last line of the request", async () => {
        const query = `{service.name="limelight-demo"} trace_id:="${traceId}"`;
        const found = (await logs.lines(query)).map(({ body }) => body);
        return found.includes("receipt sent") ? found : undefined;
      });
      assert.ok(bodies.includes("order placed"));
    });

    it("is counted in Prometheus, by its actors and by its spans", async () => {
      const prometheus = new PrometheusClient(await stack.engine.reach("127.0.0.1", 9090));
      const own = 'service_name="limelight-demo"';

      for (const query of [
        `sum(actor_message_handled_total{${own},instance="app-1",actor_type="desk"})`,
        `sum(traces_spanmetrics_calls_total{${own},span_name="${REQUEST}"})`,
      ]) {
        await eventually(`counted: ${query}`, async () =>
          ((await prometheus.value(query)) ?? 0) > 0 ? true : undefined,
        );
      }
    });

    it("has its order after the application was killed and started again", async () => {
      await stack.compose("kill", "app");
      await stack.compose("start", "app");
      const app = await stack.engine.reach("127.0.0.1", 8080);

      const found = await eventually("the order", async () => {
        const answer = await show(app, orderId).catch(() => undefined);
        return answer?.status === 200 ? answer : undefined;
      });
      assert.equal(found.json.id, orderId);
    });
  });

  it("has every program end by itself when it is stopped", async () => {
    await stack.compose("stop");

    const ends = (await stack.containers()).map(({ service, exitCode }) => [service, exitCode]);
    const others = ends.filter(([service, exitCode]) => service !== "app" && exitCode !== 0);
    assert.deepEqual(others, []);
    assert.deepEqual(Object.fromEntries(ends)["app"], ENDED_BY_SIGTERM);
  });

  it("is taken down without a rest", async () => {
    await stack.compose("down", "--volumes");

    assert.equal(await stack.engine.docker(["ps", "--all", "--quiet"]), "");
    assert.equal(await stack.engine.docker(["volume", "ls", "--quiet"]), "");
    const networks = await stack.engine.docker(["network", "ls", "--format", "{{.Name}}"]);
    assert.deepEqual(networks.trim().split("\n").toSorted(), ["bridge", "host", "none"]);
  });

  describe("up again with the file of a cluster", () => {
    testCluster(() => stack);
  });

  it("leaves nothing of the engine on the machine", async () => {
    const { folder } = stack.engine;
    assert.ok(commandLines(folder).length > 0);
    assert.ok(controlGroups(basename(folder)).length > 0);

    await stack[Symbol.asyncDispose]();

    assert.deepEqual(commandLines(folder), []);
    assert.deepEqual(controlGroups(basename(folder)), []);
    assert.ok(!readFileSync("/proc/mounts", "utf8").includes(folder));
    assert.ok(!existsSync(folder));
  });
});
