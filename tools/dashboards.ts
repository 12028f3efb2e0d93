import { globSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readBoards } from "./grafana/read-boards.ts";

// Writes grafana/dashboards/*.json. The files are committed because Grafana reads them from there. A test
// fails if they differ from the output of this script.

const folder = join(import.meta.dirname, "../grafana/dashboards");
const boards = await readBoards();
for (const file of globSync("*.json", { cwd: folder })) {
  if (!boards.some(({ name }) => name === file)) rmSync(join(folder, file));
}
for (const { name, text } of boards) writeFileSync(join(folder, name), text);
process.stdout.write(`${boards.length} dashboards written\n`);
