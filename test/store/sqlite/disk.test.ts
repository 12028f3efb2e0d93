import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { StoreProcess } from "../../_support/store-process.ts";

/** Mounts are made in a namespace of the child: they end with it, and no other process sees them. */
const NAMESPACE = ["unshare", "--mount", "--map-root-user"];
const probe = spawnSync(NAMESPACE[0] ?? "", [...NAMESPACE.slice(1), "true"]);
const skip = probe.status === 0 ? false : "this machine permits no mount namespaces (unshare)";

/** A command that runs what follows it after `script`, in which `$0` is `folder`. */
function inNamespace(script: string, folder: string): string[] {
  return [...NAMESPACE, "sh", "-ec", `${script}; exec "$@"`, folder];
}

describe("a store on a disk", { skip }, () => {
  it("that becomes full refuses writes, reads what there is, and keeps it", async () => {
    using folder = new DataFolder();
    const mount = 'mkdir "$0/disk"; mount -t tmpfs -o size=2m tmpfs "$0/disk"';
    const child = new StoreProcess(
      ["fill", folder.file("disk/data")],
      inNamespace(mount, folder.path),
    );

    assert.equal(await child.ended(), 0, child.stderr);

    const [, full, readable, closed] = child.facts;
    assert.equal(full?.["code"], "ERR_STORE_FULL");
    assert.ok(Number(full["saved"]) > 10, JSON.stringify(full));
    assert.equal(readable?.["readable"], full["saved"]);
    assert.ok(closed?.["closed"] === true || closed?.["code"] === "ERR_STORE_FULL");
  });

  it("that is full from the beginning is not opened", async () => {
    using folder = new DataFolder();
    const mount =
      'mkdir "$0/disk"; mount -t tmpfs -o size=64k tmpfs "$0/disk"; mkdir "$0/disk/data"; ' +
      'head -c 65536 /dev/zero > "$0/disk/fill" || true';
    const child = new StoreProcess(
      ["fill", folder.file("disk/data")],
      inNamespace(mount, folder.path),
    );

    assert.equal(await child.ended(), 0, child.stderr);

    assert.deepEqual(
      child.facts.map((fact) => fact["code"]),
      ["ERR_STORE_FULL"],
    );
  });

  it("that is read-only is not opened, whether it has a store or not", async () => {
    using folder = new DataFolder();
    await (await SqliteStore.open({ directory: folder.file("data") })).close();
    const mount = 'mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"';
    for (const name of ["data", "new"]) {
      const child = new StoreProcess(["fill", folder.file(name)], inNamespace(mount, folder.path));

      assert.equal(await child.ended(), 0, child.stderr);

      assert.deepEqual(
        child.facts.map((fact) => fact["code"]),
        ["ERR_STORE_UNAVAILABLE"],
        JSON.stringify(child.facts),
      );
    }
  });
});
