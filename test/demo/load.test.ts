import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DemoProcess } from "../_support/demo-process.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";

const PRELOAD = join(import.meta.dirname, "../../src/preload.ts");
const [SERVER, CLIENT] = [2, 3];

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

  it("begins the traces of its calls where its process has an SDK", async () => {
    await using receiver = await OtlpReceiver.start();
    await using demo = await DemoProcess.open(["--rate", "20", "--payment-failure-rate", "0"], {
      NODE_OPTIONS: `--require=${PRELOAD}`,
      OTEL_SERVICE_NAME: "limelight-demo",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: "50",
    });
    await demo.line("order placed");

    const server = await receiver.until("an order with the call that began it", () =>
      receiver.spans.find(
        ({ name, parentSpanId }) =>
          name === "POST /actors/desk/{key}/ask/place" &&
          receiver.spans.some(({ spanId }) => spanId === parentSpanId),
      ),
    );
    const client = receiver.spans.find(({ spanId }) => spanId === server.parentSpanId);
    assert.deepEqual(
      [client, server].map((span) => [span?.name, span?.kind, span?.resource["service.name"]]),
      [
        ["desk/place", CLIENT, "limelight-demo-load"],
        [server.name, SERVER, "limelight-demo"],
      ],
    );
    assert.equal(client?.traceId, server.traceId);
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
