import { rmSync } from "node:fs";

// Removes what a build leaves behind: `node tools/clean.ts dist`.
for (const path of process.argv.slice(2)) rmSync(path, { recursive: true, force: true });
