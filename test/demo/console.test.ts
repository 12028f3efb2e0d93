import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DemoProcess } from "../_support/demo-process.ts";

interface Summary {
  readonly systems: readonly { readonly name: string }[];
  readonly rings: { readonly traces: { readonly kept: number } };
  readonly allowActions: boolean;
}

/** What the console at that address says with the token in it. */
async function read<Body>(url: string, path: string): Promise<Body> {
  const { origin, searchParams } = new URL(url);
  const headers = { authorization: `Bearer ${searchParams.get("token")}` };
  return (await (await fetch(`${origin}${path}`, { headers })).json()) as Body;
}

async function consoleOf(demo: DemoProcess): Promise<string> {
  return String((await demo.line("demo started"))["console_url"]);
}

describe("the demo's console", { concurrency: 2 }, () => {
  it("is what the start text begins with, and shows the shop with its traces", async () => {
    const args = ["--console-port", "0", "--rate", "20"];
    await using demo = await DemoProcess.open(args, { OTEL_TRACES_EXPORTER: "none" });
    const url = await consoleOf(demo);
    await demo.line("order placed");

    assert.equal(demo.stderr.split("\n")[0], `limelight console: ${url}`);
    const summary = await read<Summary>(url, "/api/summary");
    assert.deepEqual(
      summary.systems.map(({ name }) => name),
      ["shop"],
    );
    assert.ok(summary.rings.traces.kept > 0, "also where traces are exported nowhere");
    assert.equal(summary.allowActions, false);
    const { logs } = await read<{ logs: { msg: string }[] }>(url, "/api/logs?limit=1000");
    assert.ok(logs.some(({ msg }) => msg === "order placed"));
  });

  it("puts its token into one line of the log, and into no other", async () => {
    await using demo = await DemoProcess.open(["--console-port", "0", "--rate", "20"]);
    const token = new URL(await consoleOf(demo)).searchParams.get("token") ?? "";
    await demo.line("order placed");
    demo.signal("SIGTERM");
    await demo.ended;

    assert.equal(token.length, 43);
    assert.equal(demo.stdout.filter((line) => line.includes(token)).length, 1);
    assert.equal(demo.stderr.split(token).length, 2);
  });

  it("can be left out", async () => {
    await using demo = await DemoProcess.open(["--no-console", "--no-load"]);
    const started = await demo.line("demo started");
    assert.ok(!("console_url" in started));
    assert.match(demo.stderr, /^\nlimelight demo: /);
  });

  it("is off in production unless a port is asked for", async () => {
    const production = { NODE_ENV: "production" };
    await using without = await DemoProcess.open(["--no-load"], production);
    assert.ok(!("console_url" in (await without.line("demo started"))));
    await using asked = await DemoProcess.open(["--no-load", "--console-port", "0"], production);
    assert.equal((await read<Summary>(await consoleOf(asked), "/api/summary")).systems.length, 1);
  });

  it("goes elsewhere when its usual port is taken, but not from one that was asked for", async () => {
    await using one = await DemoProcess.open(["--no-load"]);
    await using two = await DemoProcess.open(["--no-load"]);
    const [first, second] = [await consoleOf(one), await consoleOf(two)];
    assert.notEqual(new URL(first).port, new URL(second).port);

    const { port } = new URL(first);
    await using three = new DemoProcess(["demo", "--port", "0", "--console-port", port]);
    const { code } = await three.ended;
    assert.equal(code, 1);
    const advice = /--console-port, or do without by --no-console \(ERR_CONSOLE_PORT\)\n$/;
    assert.match(three.stderr, advice);
  });

  it("acts where that is asked for", async () => {
    const args = ["--console-port", "0", "--console-actions", "--no-load"];
    await using demo = await DemoProcess.open(args);
    assert.ok((await read<Summary>(await consoleOf(demo), "/api/summary")).allowActions);
  });

  it("is alone, regardless of what the environment asks for", async () => {
    const environment = { LIMELIGHT_CONSOLE: "1", LIMELIGHT_CONSOLE_PORT: "0" };
    await using demo = await DemoProcess.open(["--console-port", "0", "--no-load"], environment);
    assert.equal(demo.stderr.split("limelight console: ").length, 2);
  });
});

describe("limelight console", () => {
  /** Runs it where `xdg-open` is the given program. */
  async function open(program: string | undefined) {
    const folder = mkdtempSync(join(tmpdir(), "limelight-opener-"));
    if (program !== undefined) {
      writeFileSync(join(folder, "xdg-open"), `#!/bin/sh\n${program}\n`);
      chmodSync(join(folder, "xdg-open"), 0o755);
    }
    const url = "http://127.0.0.1:4400/?token=a;touch%20x&b=$(id)";
    await using process = new DemoProcess(["console", url], {
      PATH: `${folder}:/bin`,
      OUT: folder,
    });
    const { code } = await process.ended;
    const seen = program === undefined ? "" : readFileSync(join(folder, "seen"), "utf8");
    rmSync(folder, { recursive: true });
    return { code, seen, stdout: process.stdout, stderr: process.stderr, url };
  }
  const options = { skip: process.platform !== "linux" && "xdg-open is Linux's" };

  it("hands the address to the system, as one argument", options, async () => {
    const { code, seen, stdout, url } = await open('printf "%s|" "$@" > "$OUT/seen"');
    assert.deepEqual([code, seen, stdout], [0, `${url}|`, []]);
  });

  it("prints the address where there is nothing that opens it", options, async () => {
    const failing = await open('printf "" > "$OUT/seen"; exit 3');
    assert.deepEqual(
      [failing.code, failing.stdout],
      [0, [`open this in a browser: ${failing.url}`]],
    );
  });
});
