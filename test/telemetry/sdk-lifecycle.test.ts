import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Catalogue } from "../../src/telemetry.ts";
import { type ProgramRun, runProgram } from "../_support/telemetry-program.ts";

/** What the program reported, once it is sure that nothing went wrong in it. */
async function reportsOf(name: string): Promise<{ run: ProgramRun; reports: Report[] }> {
  const run = await runProgram(name);
  assert.equal(run.code, 0, `${name} ended with ${run.code}: ${run.stdout}${run.stderr}`);
  assert.equal(run.stderr, "");
  const reports = run.lines.flatMap(({ report }) =>
    report === undefined ? [] : [report as Report],
  );
  return { run, reports };
}

/** Metrics that only keyed actors report. */
const OF_KEYED_ACTORS =
  /^actor\.(storage|startup|awake|keep_awake|inbox|state|shutdown|connections?|event|resyncs|handovers|http|schedule|queue|sqlite)\b/;
/** Metrics that only gateways and clusters report. */
const OF_OTHERS = /^(?:gateway|http|rpc|cluster)\./;

type Report = Readonly<Record<string, unknown>>;

describe("an application with limelight", { concurrency: true }, () => {
  it("runs without any SDK, and its actors' lines say which actor", async () => {
    const { run, reports } = await reportsOf("sdk-absent.ts");

    assert.equal(reports[0]?.["active"], 0);
    const working = run.lines.filter(({ msg }) => msg === "working");
    assert.ok(working.length >= 3);
    for (const line of run.lines.filter(({ msg }) => msg !== undefined)) {
      assert.match(String(line["actor_id"]), /^worker\//);
      assert.equal("trace_id" in line, false);
    }
  });

  it("gets spans and metrics from an SDK that comes after its system", async () => {
    const { reports } = await reportsOf("sdk-late.ts");

    const [running, ended] = reports;
    assert.deepEqual(running?.["spans"], ["ask worker.work", "worker.work"]);
    assert.deepEqual(running?.["before"], []);
    const after = running?.["after"] as string[];
    const { Imbalances, Overflow, Rejected, DeadLetters, ...used } = Catalogue;
    for (const { name } of Object.values(used)) {
      // No actor of the program has a key or a store, and there is neither a gateway nor a cluster.
      if (OF_KEYED_ACTORS.test(name) || OF_OTHERS.test(name)) continue;
      assert.ok(after.includes(name), name);
    }
    assert.equal(running?.["handled"], running?.["handledByBooks"]);
    assert.deepEqual(ended, { stopped: 3, active: 0 });
  });

  it("goes on when its SDK is shut down and taken away", async () => {
    const { reports } = await reportsOf("sdk-shut-down-early.ts");

    assert.ok(Number(reports[0]?.["spans"]) > 5);
    assert.equal(reports[0]?.["handled"], 18);
  });

  it("is not disturbed by exporters, readers and callbacks that throw", async () => {
    const { reports } = await reportsOf("sdk-throwing.ts");

    assert.equal(reports.length, 1, JSON.stringify(reports));
    assert.equal(reports[0]?.["told"], true);
    assert.equal(reports[0]?.["handled"], 12);
  });

  it("has its messages' spans in one trace even without a context manager", async () => {
    const { run, reports } = await reportsOf("no-context-manager.ts");

    const parents = reports[0]?.["parents"] as [string, string | null][];
    for (const [name, parent] of parents) {
      if (name === "worker.work" && parent !== null) assert.equal(parent, "ask worker.work");
      if (name.startsWith("ask ")) assert.equal(parent, null);
    }
    assert.ok(parents.some(([name, parent]) => name === "worker.work" && parent !== null));
    for (const line of run.lines.filter(({ msg }) => msg === "working")) {
      assert.match(String(line["actor_id"]), /^worker\//);
    }
  });

  it("runs handlers in their spans also with a context manager that cannot attach", async () => {
    const { run, reports } = await reportsOf("older-context-manager.ts");

    const working = run.lines.filter(({ msg }) => msg === "working");
    assert.ok(working.length >= 3);
    assert.deepEqual(
      working.map((line) => line["trace_id"]),
      reports[0]?.["handlers"],
    );
  });
});
