import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { nodeVersionProblem } from "../../src/base/node/node-version.ts";
import { runCommandLine } from "../../src/cli/command-line.ts";
import { DemoProcess } from "../_support/demo-process.ts";

/** Runs `limelight` to its end. */
async function limelight(...args: string[]) {
  await using process = new DemoProcess(args);
  const { code } = await process.ended;
  return { code, stdout: process.stdout.join("\n"), stderr: process.stderr };
}

describe("limelight on the command line", () => {
  it("prints its version and its help", async () => {
    const file = new URL("../../package.json", import.meta.url);
    const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
    const [printed, help, demoHelp] = await Promise.all([
      limelight("--version"),
      limelight("--help"),
      limelight("demo", "--help"),
    ]);

    assert.deepEqual(printed, { code: 0, stdout: version, stderr: "" });
    assert.equal(help.code, 0);
    assert.match(help.stdout, /demo \[options\]/);
    assert.equal(demoHelp.code, 0);
    for (const option of [
      "port",
      "data",
      "rate",
      "duration",
      "no-load",
      "json",
      "pretty",
      "seed",
    ]) {
      assert.match(demoHelp.stdout, new RegExp(`--${option}\\b`));
    }
  });

  const wrong: readonly (readonly [string, ...string[]])[] = [
    ["unknown command 'serve'", "serve"],
    ["unknown option '--fast'", "--fast"],
    ["unknown option '--fast'", "demo", "--fast"],
    ["It must be an integer from 0 to 65535", "demo", "--port", "65536"],
    ["It must be an integer from 0 to 65535", "demo", "--port", "80.5"],
    ["It must be a number from 0.01 to 2000", "demo", "--rate", "0"],
    ["It must be a number from 0.01 to 2000", "demo", "--rate", "1e2"],
    ["It must be a number from 0 to 1", "demo", "--payment-failure-rate", "1.1"],
    ["It must be a number from 0 to 60000", "demo", "--slow-courier-ms", "-1"],
    ["It must be the path of a directory", "demo", "--data", ""],
    ["It must be a name such as shop.example", "demo", "--allowed-host", "shop/example"],
    ["argument missing", "demo", "--seed"],
    ["cannot be used with option", "demo", "--json", "--pretty"],
    ["needs a load that ends", "demo", "--exit-after-load"],
    ["needs a load that ends", "demo", "--exit-after-load", "--no-load", "--duration", "1"],
    ["too many arguments", "demo", "now"],
    ["missing required argument 'url'", "console"],
    ["It must be an http or https address", "console", "file:///etc/passwd"],
    ["It must be an integer from 0 to 65535", "demo", "--console-port", "70000"],
    ["'\\n\\u001b[2Jx'", "demo", "--port", "\n\u001b[2Jx"],
  ];
  it("turns wrong arguments down in one coded line, with status 2", async (t) => {
    for (const [complaint, ...args] of wrong) {
      const complain = t.mock.method(console, "error", () => {});
      const status = await runCommandLine(args);
      complain.mock.restore();

      const text = complain.mock.calls.map(({ arguments: [line] }) => String(line)).join("\n");
      assert.equal(status, 2, text);
      assert.ok(text.includes(complaint), text);
      assert.match(text, /^limelight: [^\n]+; see limelight --help \(ERR_INVALID_OPTION\)$/);
    }
  });

  it("exits with that status, and shows its help on stderr to who names no command", async () => {
    const [mistyped, nothing] = await Promise.all([limelight("demo", "--fast"), limelight()]);

    assert.deepEqual([mistyped.code, mistyped.stdout], [2, ""]);
    assert.match(mistyped.stderr, /^limelight: unknown option '--fast'/);
    assert.deepEqual([nothing.code, nothing.stdout], [2, ""]);
    assert.match(nothing.stderr, /^Usage: limelight/);
  });

  it("says what is the matter with the port, without a stack, with status 1", async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
    const { port } = squatter.address() as { port: number };

    const { code, stdout, stderr } = await limelight("demo", "--json", "--port", String(port));
    squatter.close();

    assert.deepEqual([code, stdout], [1, ""]);
    const advice = "choose another with --port, or any with --port 0";
    assert.equal(stderr, `limelight: port ${port} is taken; ${advice} (ERR_PORT_TAKEN)\n`);
  });

  for (const host of ["192.0.2.1", "no-such-host.invalid"]) {
    it(`says that ${host} is no address of this machine, with status 1`, async () => {
      const { code, stdout, stderr } = await limelight("demo", "--json", "--host", host);

      assert.deepEqual([code, stdout], [1, ""]);
      const advice = "choose one of its own with --host";
      assert.equal(
        stderr,
        `limelight: ${host} is no address of this machine; ${advice} (ERR_HOST)\n`,
      );
    });
  }

  it("knows which Node is too old", () => {
    assert.equal(nodeVersionProblem("22.15.0"), undefined);
    assert.equal(nodeVersionProblem("24.0.0"), undefined);
    for (const old of ["20.20.2", "22.14.9", "18.0.0"]) {
      const problem = `limelight needs Node 22.15 or newer, this is ${old} (ERR_NODE_VERSION)`;
      assert.equal(nodeVersionProblem(old), problem);
    }
  });
});

describe("what the demo writes", { concurrency: true }, () => {
  it("is JSON on stdout and text on stderr with --json", async () => {
    await using demo = await DemoProcess.open(["--rate", "20"]);
    await demo.line("order placed");

    assert.match(demo.stderr, /an order desk at http:\/\/127\.0\.0\.1:\d+\n/);
    assert.ok(demo.stderr.includes(`curl -i ${demo.url}/actors/desk/main/ask/place -H`));
    assert.match(demo.stderr, /metrics {2}http:\/\/127\.0\.0\.1:\d+\/metrics\n/);
    assert.match(demo.stderr, /Ctrl-C/);
    for (const line of demo.lines) {
      assert.match(String(line["service.name"]), /^limelight-demo(-load)?$/);
      assert.match(line.msg, /^[a-z][a-z ]+$/);
    }
  });

  it("names the collector that spans go to, or says that there is none", async () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:9";
    await using given = await DemoProcess.open(["--no-load"], { OTEL_EXPORTER_OTLP_ENDPOINT });
    await using none = await DemoProcess.open(["--rate", "20"]);
    await none.line("order placed");
    none.signal("SIGTERM");
    await none.ended; // exports what is left, if it exports

    assert.match(given.stderr, /spans go to the collector at http:\/\/127\.0\.0\.1:9\/v1\/traces;/);
    // A collector may well run on the machine of the test.
    assert.match(
      none.stderr,
      /no collector at http:\/\/localhost:4318; traces are in the console only\n|spans go to/,
    );
    assert.doesNotMatch(none.stderr, /not exported/);
  });

  it("is all for people, and all on stdout, with --pretty", async () => {
    const args = ["demo", "--port", "0", "--rate", "20", "--slow-courier-ms", "100", "--pretty"];
    await using demo = new DemoProcess(args);
    await demo.until("a delivery", () =>
      demo.stdout.find((line) => line.includes("goods handed over")),
    );

    const text = demo.stdout.join("\n");
    assert.match(text, /^limelight console: http/); // before the lines of what was opened
    assert.ok(demo.stdout.some((line) => line.includes("gateway listening")));
    assert.match(text, /an order desk at http/);
    assert.match(
      text,
      /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: courier\/\w+-\w+ goods handed over \{.*"trace_id"/m,
    );
    assert.doesNotMatch(text, /^\{/m);
    assert.equal(demo.stderr, "");
  });

  it("is JSON where stdout is no terminal, unless an option says otherwise", async () => {
    await using demo = new DemoProcess(["demo", "--port", "0", "--no-load"]);
    await demo.line("demo started");
  });
});
