import { spawnSync } from "node:child_process";
import { globSync, renameSync } from "node:fs";
import { join } from "node:path";
import { run } from "./go-program.ts";
import { installProgram, installTool } from "./install-tool.ts";
import { oldNatsPath, Tool } from "./tool-paths.ts";
import { StackVersion } from "./versions.ts";

// `npm run tools:nats`: the NATS servers of the tests that need one. The newest is built as `npm run tools` does, in
// less than a minute; the oldest supported is unpacked from Debian 12's package, so that it is not run as a service.
// What is there already stays.

const PACKAGE = "nats-server";

function download(folder: string): void {
  const { status } = spawnSync("apt-get", ["download", "--quiet", PACKAGE], { cwd: folder });
  if (status === 0) return;
  // A machine that has never installed a package has no lists of them.
  run("apt-get", ["update", "--quiet"], folder);
  run("apt-get", ["download", "--quiet", PACKAGE], folder);
}

/** Unpacks the package's program, and makes sure that it is the version that the tests mean. */
function unpackOldNats(folder: string): void {
  download(folder);
  const [archive] = globSync(`${PACKAGE}_*.deb`, { cwd: folder });
  if (archive === undefined) throw new Error(`apt-get has downloaded no ${PACKAGE}`);
  run("dpkg-deb", ["--extract", archive, "root"], folder);
  const program = join(folder, "root/usr/sbin", Tool.Nats);
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  if (!stdout.trim().endsWith(`v${StackVersion.oldNats}`)) {
    throw new Error(`${archive} is ${stdout.trim()}, Debian 12's is ${StackVersion.oldNats}`);
  }
  renameSync(program, join(folder, Tool.Nats));
}

installTool(Tool.Nats);
installProgram(oldNatsPath, unpackOldNats);
