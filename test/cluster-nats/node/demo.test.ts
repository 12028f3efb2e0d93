import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { DemoProcess, type LogLine } from "../../_support/demo-process.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { eventually } from "../../_support/stack-program.ts";

const OPTIONS = ["demo", "--cluster", "3", "--port", "0", "--json", "--no-console", "--rate", "25"];
const LOAD = { "service.name": "limelight-demo-load" };

/** Orders that were placed since a line. */
function placedAfter(lines: readonly LogLine[], from: number): number {
  return lines.slice(from).filter(({ msg }) => msg === "order placed").length;
}

describe("npm start -- --cluster 3", () => {
  it("loses no order when its processes are killed one after the other", async () => {
    await using server = await NatsServer.start();
    const nats = `nats://127.0.0.1:${server.port}`;
    await using demo = new DemoProcess([...OPTIONS, "--nats", nats, "--slow-courier-ms", "2000"]);
    const started = await eventually("started", () =>
      demo.lines.find(({ msg }) => msg === "cluster demo started"),
    );
    const pids = started["pids"] as number[];
    assert.equal(pids.length, 3);
    await eventually("placing orders", () => (placedAfter(demo.lines, 0) > 50 ? true : undefined));

    for (const [at, pid] of pids.entries()) {
      const from = demo.lines.length;
      process.kill(pid, "SIGKILL");
      const again = (): LogLine[] =>
        demo.lines.filter(({ msg }) => msg === "process started again");
      await eventually("started again", () => (again().length > at ? true : undefined));
      await eventually("going on", () => (placedAfter(demo.lines, from) > 50 ? true : undefined));
    }
    demo.signal("SIGTERM");
    await demo.ended;

    const load = demo.lines.find(
      (line) =>
        line.msg === "load generator stopped" && line["service.name"] === LOAD["service.name"],
    );
    assert.ok(load !== undefined, demo.stderr);
    assert.ok(Number(load["placed"]) > 100, JSON.stringify(load));
    assert.equal(load["orders_lost"], 0);
    assert.ok(Number(load["orders_found"]) > 0);
    assert.equal(demo.lines.find(({ msg }) => msg === "cluster demo stopped")?.["well"], true);
  });

  it("starts a server of its own, and stops it", async () => {
    await using demo = new DemoProcess([
      ...OPTIONS,
      ...["--duration", "3", "--exit-after-load", "--slow-courier-ms", "500"],
    ]);

    assert.deepEqual(await demo.ended, { code: 0, signal: null });
    const started = demo.lines.find(({ msg }) => msg === "cluster demo started");
    const { port } = new URL(String(started?.["nats"]));
    const socket = connect(Number(port), "127.0.0.1");
    const [error] = await once(socket, "error");
    assert.equal((error as NodeJS.ErrnoException).code, "ECONNREFUSED");
  });
});
