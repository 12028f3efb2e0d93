import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "../stack/tool-paths.ts";

/** Python 2.7, the only one that Autobahn's test suite runs on; few systems have it still. */
export const python: string = process.env["LIMELIGHT_PYTHON2"] ?? "python2.7";

/** The packages that the suite consists of, each at its version. */
export const requirements: string = join(import.meta.dirname, "requirements.txt");

/** Starts the fuzzing client. */
export const runner: string = join(import.meta.dirname, "run.py");

const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex");
/** Where the packages are kept: other versions are in another folder. */
export const packages: string = join(cacheRoot, `autobahn-${hash.slice(0, 8)}`);
