import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

// Builds the package where npm installs it from git. npm then installs the clone's own dependencies, which runs this
// as the script `dependencies`. It is not `prepare`, because npm would warn of that in every installed archive.

const built = join(import.meta.dirname, "../dist/index.js");
if (process.env["npm_command"] === "install" && !existsSync(built)) {
  const { status } = spawnSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
