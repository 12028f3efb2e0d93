import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SubjectEntry } from "../catalogue.ts";

const bench = new URL("../", import.meta.url);

/** The exact version a peer is pinned to; undefined for subjects that are no peers. */
export function peerVersion({ peer, peerFolder = "./" }: SubjectEntry): string | undefined {
  if (peer === undefined) return undefined;
  const manifest: { dependencies?: Record<string, string> } = JSON.parse(
    readFileSync(new URL(`${peerFolder}package.json`, bench), "utf8"),
  );
  return manifest.dependencies?.[peer];
}

/** Installs what the lock files name, where something of it is missing. */
export function installPeers(subjects: readonly SubjectEntry[], say: (line: string) => void): void {
  const folders = new Set(subjects.filter(isMissing).map(({ peerFolder = "./" }) => peerFolder));
  for (const folder of folders) {
    const prefix = fileURLToPath(new URL(folder, bench));
    say(`peers are not installed: npm ci --prefix ${prefix}`);
    // Their install scripts only print advertisements, or build what a prebuilt binary brings.
    const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
    const { status } = spawnSync("npm", ["ci", "--prefix", prefix, ...options], {
      stdio: "inherit",
    });
    if (status !== 0) throw new Error(`npm ci failed in ${prefix}; --no-peers does without`);
  }
}

function isMissing({ peer, peerFolder = "./" }: SubjectEntry): boolean {
  if (peer === undefined) return false;
  return !existsSync(new URL(`${peerFolder}node_modules/${peer}/package.json`, bench));
}
