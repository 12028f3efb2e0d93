import { spawnSync } from "node:child_process";

// Fails if a package that users install has a known vulnerability. A registry without audits is reported.

/** The parts of npm's report that are read: of an audit, or of the request that failed. */
interface Report {
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<string, number>> };
  readonly message?: string;
  readonly error?: { readonly summary?: string };
  readonly statusCode?: number;
}

/** What an audit means for the step: a line to print, and whether the step fails. */
export interface Judgement {
  readonly text: string;
  readonly failed: boolean;
}

const NO_AUDITS = new Set([400, 404, 405, 501]);

/** Judges the output of `npm audit --json`. */
export function judge(output: string): Judgement {
  const { metadata, statusCode, message, error } = JSON.parse(output) as Report;
  if (metadata !== undefined) {
    const { total = 0, ...severities } = metadata.vulnerabilities;
    const counts = Object.entries(severities).filter(([, count]) => count > 0);
    const text = counts.map(([severity, count]) => `${count} ${severity}`).join(", ");
    if (total > 0) return { text: `vulnerable packages: ${text}`, failed: true };
    return { text: "no known vulnerability in the packages that users install", failed: false };
  }
  const reason = message ?? error?.summary ?? output;
  if (statusCode !== undefined && NO_AUDITS.has(statusCode)) {
    return { text: `NOT AUDITED: the registry answers no audits (${reason})`, failed: false };
  }
  return { text: `the audit failed: ${reason}`, failed: true };
}

if (import.meta.main) {
  const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { encoding: "utf8" });
  const { text, failed } = judge(stdout);
  process.stdout.write(`${text}\n`);
  process.exitCode = failed ? 1 : 0;
}
