import { readFileSync, writeFileSync } from "node:fs";

// Adds to package-lock.json the optional packages for other platforms that the registry in use does not
// carry. `npm install` leaves such packages out of the lock file, and `npm ci` then refuses it ("Missing:
// … from lock file"), although it would not install them here anyway. Run after every `npm install`.

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const SYSTEMS = new Set(["android", "darwin", "freebsd", "linux", "openharmony", "win32"]);
const PROCESSORS = new Set(["arm", "arm64", "ia32", "ppc64", "riscv64", "s390x", "x64", "wasm32"]);

const path = new URL("../package-lock.json", import.meta.url);
const lock: { packages: Record<string, object> } = JSON.parse(readFileSync(path, "utf8"));

/** Whether `name` is resolved from `place` by Node's algorithm. */
function isLocked(name: string, place: string): boolean {
  for (let folder = place; ; ) {
    if (`${folder === "" ? "" : `${folder}/`}node_modules/${name}` in lock.packages) return true;
    if (folder === "") return false;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")));
  }
}

/** Returns the entry of a package for another platform, which is derived from the package's name. */
function entryOf(name: string, range: string, dev: boolean): object {
  const words = name.split("/").at(-1)?.split("-") ?? [];
  const os = words.filter((word) => SYSTEMS.has(word));
  const cpu = words.filter((word) => PROCESSORS.has(word));
  const libc = words.at(-1)?.startsWith("musl")
    ? ["musl"]
    : words.at(-1)?.startsWith("gnu")
      ? ["glibc"]
      : [];
  return {
    version: range.replace(/^[\^~]/, ""),
    optional: true,
    ...(dev && { dev }),
    ...(cpu.length > 0 && { cpu }),
    ...(os.length > 0 && { os }),
    ...(libc.length > 0 && { libc }),
  };
}

let added = 0;
for (const [place, info] of Object.entries(lock.packages) as [string, LockedPackage][]) {
  for (const [name, range] of Object.entries(info.optionalDependencies ?? {})) {
    if (isLocked(name, place)) continue;
    const dev = info.dev === true || info.devOptional === true;
    lock.packages[`node_modules/${name}`] = entryOf(name, range, dev);
    added += 1;
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`);
process.stdout.write(`${added} packages for other platforms added\n`);
