import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DemoProcess } from "../_support/demo-process.ts";

describe("the load generator", { concurrency: true }, () => {
  it("sends what it was told for as long as it was told, and the demo ends with it if it may", async () => {
    await using demo = await DemoProcess.open([
      ...["--rate", "12", "--duration", "3", "--seed", "7", "--exit-after-load"],
    ]);

    assert.deepEqual(await demo.ended, { code: 0, signal: null });

    const load = await demo.line("load generator stopped", {
      "service.name": "limelight-demo-load",
    });
    assert.ok(
      (load["sent"] as number) >= 20 && (load["sent"] as number) <= 37,
      JSON.stringify(load),
    );
    assert.deepEqual([load["refused"], load["lost"]], [0, 0]);
    const byStatus = load["by_status"] as Record<string, number>;
    const placed = demo.lines.filter(({ msg }) => msg === "order placed").length;
    assert.equal(load["placed"], placed);
    assert.ok(placed > 0 && Number(byStatus["200"]) > placed, "orders are placed and read");
    assert.ok((byStatus["400"] ?? 0) + (byStatus["404"] ?? 0) > 0, "some requests are mistakes");
    const answered = Object.values(byStatus).reduce((sum, count) => sum + count, 0);
    assert.equal(answered, load["sent"]);
    assert.ok(Number(load["p50_ms"]) > 0 && Number(load["p99_ms"]) >= Number(load["p50_ms"]));
  });

  it("has some of its customers follow their orders until they are delivered", async () => {
    await using demo = await DemoProcess.open([
      ...["--rate", "20", "--duration", "4", "--slow-courier-ms", "500", "--seed", "7"],
      ...["--payment-failure-rate", "0", "--exit-after-load"],
    ]);

    const load = await demo.line("load generator stopped");

    const [followed, delivered] = [Number(load["followed"]), Number(load["delivered"])];
    assert.ok(delivered > 0 && delivered <= followed, JSON.stringify(load));
    assert.deepEqual(await demo.ended, { code: 0, signal: null });
  });

  it("ends and leaves the demo running where nothing says otherwise", async () => {
    await using demo = await DemoProcess.open(["--rate", "20", "--duration", "0.2"]);

    await demo.line("load generator stopped");

    assert.ok(demo.running);
    assert.equal((await fetch(`${demo.url}/livez`)).status, 200);
  });

  it("fails the demo that was to end with it when it is killed", async () => {
    await using demo = await DemoProcess.open([
      ...["--rate", "20", "--duration", "600", "--exit-after-load"],
    ]);
    await demo.line("order placed");

    process.kill(Number(/from process (\d+)/.exec(demo.stderr)?.[1]), "SIGKILL");

    assert.deepEqual(await demo.ended, { code: 1, signal: null });
    assert.match(demo.stderr, /^limelight: the load generator failed \(ERR_LOAD_FAILED\)$/m);
    await demo.line("demo stopped");
  });
});
