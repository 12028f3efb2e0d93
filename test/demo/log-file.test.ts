import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { LogFile } from "../../src/demo/log-file.ts";
import { ask, order } from "../_support/demo-client.ts";
import { DemoProcess } from "../_support/demo-process.ts";

describe("the demo's log file", () => {
  const folder = mkdtempSync(join(tmpdir(), "limelight-log-file-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("gets every line that stdout gets, in a folder of its own", async () => {
    const path = join(folder, "new/app.ndjson");
    await using demo = await DemoProcess.open(["--no-load", `--log-file=${path}`]);
    await order(demo.url, { item: "unicorn", quantity: 1 });
    await demo.line("request refused");
    demo.signal("SIGTERM");
    await demo.ended;

    assert.deepEqual(readFileSync(path, "utf8").trimEnd().split("\n"), demo.stdout);
  });

  it("keeps all lines in order, and no more than two files of its size", () => {
    const file = new LogFile(join(folder, "app.ndjson"), 30);
    for (let line = 1; line <= 7; line += 1) file.write(`{"line":${line}}\n`);

    const read = (name: string): string => readFileSync(join(folder, name), "utf8");
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("app")),
      ["app.1.ndjson", "app.ndjson"],
    );
    assert.equal(read("app.1.ndjson"), '{"line":5}\n{"line":6}\n');
    assert.equal(read("app.ndjson"), '{"line":7}\n');
  });

  it("goes on in the file that is there", () => {
    const path = join(folder, "again.ndjson");
    new LogFile(path, 25).write('{"line":1}\n');
    const again = new LogFile(path, 25);
    again.write('{"line":2}\n');
    again.write('{"line":3}\n');

    assert.equal(readFileSync(join(folder, "again.1.ndjson"), "utf8"), '{"line":1}\n{"line":2}\n');
    assert.equal(readFileSync(path, "utf8"), '{"line":3}\n');
  });

  it("that cannot be written keeps the demo from starting, and says so", async () => {
    await using demo = new DemoProcess(["demo", "--port=0", "--no-load", "--log-file=/dev/null/x"]);

    assert.equal((await demo.ended).code, 1);
    assert.match(
      demo.stderr,
      /^limelight: cannot write the log file \/dev\/null\/x: .*\(ERR_LOG_FILE\)$/m,
    );
  });
});

describe("a demo that others may ask", () => {
  it("answers to the names it was given, and to no other", async () => {
    const args = ["--no-load", "--host=0.0.0.0", "--allowed-host=App", "--allowed-host=shop.test"];
    await using demo = await DemoProcess.open(args);
    const status = async (host: string): Promise<number> =>
      (await ask(`${demo.url}/livez`, { headers: { host } })).status;

    assert.deepEqual(
      [await status("app:8080"), await status("SHOP.test"), await status("localhost:1")],
      [200, 200, 200],
    );
    assert.deepEqual([await status("evil.example"), await status("app.evil.example")], [403, 403]);
  });
});
