import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { run } from "../stack/go-program.ts";
import { cacheRoot } from "../stack/tool-paths.ts";
import { packages, python, requirements } from "./paths.ts";

// `npm run tools:autobahn`: installs Autobahn's test suite into a cache outside of the repository. What is there already
// stays. Needs Python 2.7 with pip: `python2.7`, or what LIMELIGHT_PYTHON2 names. Takes about a minute, once.

if (!existsSync(packages)) {
  mkdirSync(cacheRoot, { recursive: true });
  const folder = mkdtempSync(`${packages}-`); // half an installation is never found
  try {
    const flags = ["--disable-pip-version-check", "--no-deps", "--target", folder];
    run(python, ["-m", "pip", "install", ...flags, "-r", requirements], folder);
    renameSync(folder, packages);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.stdout.write(`${packages}\n`);
