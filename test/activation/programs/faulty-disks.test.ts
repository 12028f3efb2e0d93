import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DataFolder } from "../../_support/data-folder.ts";
import { StoreProcess } from "../../_support/store-process.ts";

const PROGRAM = join(import.meta.dirname, "../../_support/full-disk-program.ts");
/** Mounts are made in a namespace of the child: they end with it, and no other process sees them. */
const NAMESPACE = ["unshare", "--mount", "--map-root-user"];
const probe = spawnSync(NAMESPACE[0] ?? "", [...NAMESPACE.slice(1), "true"]);
const skip = probe.status === 0 ? false : "this machine permits no mount namespaces (unshare)";

function inNamespace(script: string, folder: string): string[] {
  return [...NAMESPACE, "sh", "-ec", `${script}; exec "$@"`, folder];
}

describe("keyed actors on a disk", { skip }, () => {
  it("that becomes full say so, lose nothing, and save again when there is space", async () => {
    using folder = new DataFolder();
    const mount = 'mkdir "$0/disk"; mount -t tmpfs -o size=6m tmpfs "$0/disk"';
    const child = new StoreProcess([folder.file("disk")], inNamespace(mount, folder.path), PROGRAM);

    assert.equal(await child.ended(), 0, child.stderr);

    const fact = (name: string): unknown => child.facts.find((each) => name in each)?.[name];
    assert.deepEqual(fact("refused"), ["ERR_SAVE_FAILED", "ERR_STORE_FULL"]);
    assert.deepEqual(fact("sql"), ["ERR_STORE_FULL", null]);
    assert.equal(fact("readsWhileFull"), fact("acknowledged"));
    assert.equal(fact("readsAfterSleep"), fact("acknowledged"));
    assert.equal(fact("later"), Number(fact("acknowledged")) + 1);
    assert.equal(fact("afterReopening"), fact("later"));
    assert.equal(fact("rowsAfterReopening"), fact("rows"));
    assert.deepEqual(fact("queued"), fact("sent"));
  });
});
