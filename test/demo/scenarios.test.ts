import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Books } from "../../src/index.ts";
import { DemoProcess } from "../_support/demo-process.ts";

/** The value of a metric that has these labels on `/metrics`. */
async function metric(demo: DemoProcess, name: string, labels: string): Promise<number> {
  const { metrics_url: url } = await demo.line("demo started");
  const text = await (await fetch(String(url))).text();
  const lines = text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) && line.includes(labels));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

async function expectBalance(demo: DemoProcess): Promise<void> {
  demo.signal("SIGTERM");
  const { books } = (await demo.line("demo stopped")) as never as { readonly books: Books };
  assert.deepEqual([books.active, books.imbalances, books.levels], [0, 0, {}]);
}

describe("a demo in which things go wrong", { concurrency: true }, () => {
  it("shows a deadlock: in the log within a second, on /metrics, with its trace", async () => {
    await using demo = await DemoProcess.open(["--no-load", "--scenario", "deadlock"]);

    const line = await demo.line("actors wait for each other until a timeout");

    assert.equal(line["event"], "actor.deadlock.detected");
    const members = line["members"] as { readonly id: string; readonly type: string }[];
    assert.deepEqual(
      members.map(({ type }) => type),
      ["branch", "branch"],
    );
    assert.match(
      String(line["detail"]),
      /^branch\S+ asks receive of branch\S+, branch\S+ asks receive of branch\S+$/,
    );
    assert.match(String(line["trace_id"]), /^[0-9a-f]{32}$/);
    assert.equal(await metric(demo, "actor_deadlocks_total", 'actor_deadlock_kind="ask"'), 1);
    assert.equal(await metric(demo, "actor_deadlock_active", ""), 1);
    await demo.line("deadlock resolved", { deadlock_id: line["deadlock_id"] });
    assert.equal(await metric(demo, "actor_deadlock_active", ""), 0);
    await expectBalance(demo);
  });

  it("shows a stuck handler, and that of the actor it waits for", async () => {
    await using demo = await DemoProcess.open(["--no-load", "--scenario", "stuck"]);
    const text = "handler is still running";

    const waiting = await demo.line(text, { cause: "actor" });
    const root = await demo.line(text, { cause: "other_io" });

    assert.deepEqual([waiting["event"], waiting["message_type"]], ["actor.handler.stuck", "track"]);
    assert.deepEqual(waiting["chain"], [waiting["target_id"], root["target_id"]]);
    assert.match(String(root["target_id"]), /^carrier\//);
    assert.equal(await metric(demo, "actor_message_process_stuck", 'actor_type="carrier"'), 1);
    await expectBalance(demo);
  });
});
