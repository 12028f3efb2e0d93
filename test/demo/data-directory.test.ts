import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { DataFolder } from "../_support/data-folder.ts";
import { order, show } from "../_support/demo-client.ts";
import { DemoProcess } from "../_support/demo-process.ts";

const PLACING = ["--no-load", "--payment-failure-rate", "0"];

/** Asserts that the demo does not start in `directory`, and says why in one line. */
async function expectRefusal(directory: string, line: RegExp): Promise<void> {
  const args = ["demo", "--json", "--port", "0", "--no-load", "--data", directory];
  await using demo = new DemoProcess(args);
  const { code } = await demo.ended;

  assert.deepEqual([code, demo.stdout], [1, []]);
  assert.match(demo.stderr, line);
  assert.match(demo.stderr, /^limelight: no data directory: [^\n]+\n$/);
}

describe("the data directory of the demo", { concurrency: 2 }, () => {
  it("belongs to one process at a time", async () => {
    using folder = new DataFolder();
    await using demo = await DemoProcess.open(["--no-load", "--data", folder.path]);

    await expectRefusal(folder.path, /\(ERR_STORE_LOCKED\)$/m);

    assert.equal((await fetch(`${demo.url}/livez`)).status, 200);
  });

  it("is free again after kill -9, with its orders", async () => {
    using folder = new DataFolder();
    const args = [...PLACING, "--data", folder.path, "--slow-courier-ms", "500"];
    await using first = await DemoProcess.open(args);
    const placed = await order(first.url, { item: "lamp", quantity: 2 });
    first.signal("SIGKILL");
    await first.ended;

    await using second = await DemoProcess.open(args);

    const { id } = placed.json;
    const read = await show(second.url, id);
    assert.equal(read.status, 200);
    assert.deepEqual({ ...read.json, status: "paid" }, placed.json);
    await second.line("order delivered", { order_id: id });
  });

  it("is refused if it is damaged, and left as it is", async () => {
    using folder = new DataFolder();
    const file = join(folder.path, "limelight.db");
    writeFileSync(file, "not a database".repeat(1_000));

    await expectRefusal(folder.path, /\(ERR_STORE_CORRUPT\)$/m);

    assert.equal(readFileSync(file, "utf8"), "not a database".repeat(1_000));
  });

  it("is refused if a later version has written it", async () => {
    using folder = new DataFolder();
    const demo = await DemoProcess.open(["--no-load", "--data", folder.path]);
    demo.signal("SIGTERM");
    await demo.ended;
    const database = new DatabaseSync(join(folder.path, "limelight.db"));
    database.exec("PRAGMA user_version = 9999");
    database.close();

    await expectRefusal(folder.path, /\(ERR_STORE_NEWER_FORMAT\)$/m);
  });

  it("is refused if it is a file", async () => {
    using folder = new DataFolder();
    const file = join(folder.path, "file");
    writeFileSync(file, "");

    await expectRefusal(file, /\(ERR_STORE_UNAVAILABLE\)$/m);
  });

  it("is temporary without --data, and removed at the end", async () => {
    await using demo = await DemoProcess.open(PLACING);
    await order(demo.url, { item: "lamp", quantity: 1 });
    const { data } = (await demo.line("demo started")) as never as { readonly data: string };
    assert.ok(existsSync(join(data, "limelight.db")));
    assert.ok(demo.stderr.includes(`orders are in ${data} until the end; --data DIR keeps them`));

    demo.signal("SIGTERM");
    await demo.ended;

    assert.ok(!existsSync(data));
  });
});
