import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { DataFolder } from "../_support/data-folder.ts";

const run = promisify(execFile);
const dist = join(import.meta.dirname, "../../dist");

const PROGRAM = `
  import { openSqliteStore, restoreBackup } from "${dist}/store.js";
  const [folder] = process.argv.slice(-1);
  const store = await openSqliteStore({ directory: folder + "/data" });
  await store.put("a", Buffer.from("kept"));
  await store.backup(folder + "/backup");
  await store.close();
  restoreBackup({ backup: folder + "/backup", directory: folder + "/restored" });
  const restored = await openSqliteStore({ directory: folder + "/restored" });
  console.log(Buffer.from((await restored.get("a")).value).toString());
`;

it("the built package has the threads of a store, which the preload does not start in", async () => {
  using folder = new DataFolder();
  const args = ["--import", `${dist}/preload.js`, "--input-type=module", "--eval", PROGRAM];
  const env = { ...process.env, OTEL_SDK_DISABLED: "true" };

  const { stdout, stderr } = await run("node", [...args, folder.path], { env });

  assert.deepEqual([stdout, stderr], ["kept\n", ""]);
});
