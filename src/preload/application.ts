import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** An installed package. */
export interface InstalledPackage {
  readonly directory: string;
  readonly manifest: PackageManifest;
}

/** The parts of a `package.json` that are read here. */
interface PackageManifest {
  readonly name?: string;
  readonly version?: string;
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>> | null;
}

/** Conditions of Node's own `import`. */
const IMPORT_CONDITIONS = new Set(["import", "node", "module-sync", "default"]);

/**
 * Returns the directories from which the application's packages are resolved: that of its main script, then
 * the working directory.
 */
export function applicationDirectories(): readonly string[] {
  const [, main] = process.argv;
  const directories = main === undefined ? [] : [dirname(realPath(main))];
  return [...new Set([...directories, ...workingDirectory()])];
}

/** Returns the working directory, or nothing if it has been deleted: `process.cwd` throws then. */
function workingDirectory(): string[] {
  try {
    return [process.cwd()];
  } catch {
    return [];
  }
}

/** Resolves symbolic links, as Node does for the main script. Its extension may be missing. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Returns the first of `directories` in which `name` can be required, and the file that is its entry. */
export function resolveFrom(directories: readonly string[], name: string): string | undefined {
  for (const directory of directories) {
    try {
      return createRequire(join(directory, "noop.js")).resolve(name);
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

/** Returns the package that a file belongs to. Its name is known, since a package may contain other manifests. */
export function packageOf(file: string, name: string): InstalledPackage | undefined {
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    const manifest = readManifest(directory);
    if (manifest?.name === name) return { directory, manifest };
    if (directory === dirname(directory)) return undefined;
  }
}

function readManifest(directory: string): PackageManifest | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as PackageManifest;
  } catch {
    return undefined;
  }
}

/** Returns the file that `import` of the package loads, if it is another one than `require` loads. */
export function importEntry({ directory, manifest }: InstalledPackage): string | undefined {
  const { exports } = manifest;
  if (typeof exports !== "object" || exports === null) return undefined;
  const main = (exports as Record<string, unknown>)["."] ?? exports;
  const target = targetOf(main);
  return target === undefined ? undefined : join(directory, target);
}

function targetOf(entry: unknown): string | undefined {
  if (typeof entry === "string") return entry;
  if (typeof entry !== "object" || entry === null) return undefined;
  for (const [condition, value] of Object.entries(entry)) {
    const target = IMPORT_CONDITIONS.has(condition) ? targetOf(value) : undefined;
    if (target !== undefined) return target;
  }
  return undefined;
}
