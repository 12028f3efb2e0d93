import type { NodeReport } from "../../_support/node-report.ts";

/** Levels that a node has while nothing is under way: what it is, and what it knows. */
const STANDING: ReadonlySet<string> = new Set([
  "cluster.lease.active",
  "cluster.runner.active",
  "cluster.placement.active",
  "cluster.engine.connected",
]);
/** Statuses of placements that nothing has to happen to. */
const AT_REST = /"cluster\.placement\.status":"(running|asleep)"/;

/** Outcomes of which each command, and each event, has exactly one. Besides, it may have been delivered more often. */
const COMMAND_ENDS = ["applied", "stale", "expired", "dead"];
const EVENT_ENDS = ["applied", "stale", "rejected"];

/** Returns what is wrong with the nodes of a cluster in which nothing is under way; empty if nothing is. */
export function checkQuiet(reports: readonly NodeReport[], runners: number): readonly string[] {
  const found = reports.flatMap(({ node, levels, imbalances }) => [
    ...imbalances.map((text) => `${node}: ${text}`),
    ...Object.entries(levels)
      .filter(([key]) => isUnderWay(key))
      .map(([key, level]) => `${node}: ${key} is ${level}`),
  ]);
  const coordinators = sumOf(reports, 'cluster.lease.active|{"cluster.lease":"coordinator"}');
  if (coordinators !== 1) found.push(`${coordinators} nodes hold the lease of the coordinator`);
  const ready = sumOf(reports, 'cluster.runner.active|{"cluster.runner.state":"ready"}');
  if (ready !== runners) found.push(`the coordinator knows ${ready} runners, not ${runners}`);
  return found;
}

function isUnderWay(key: string): boolean {
  const [name = "", attributes = ""] = key.split("|");
  if (name === "cluster.placement.active") return !AT_REST.test(attributes);
  return name.startsWith("cluster.") && !STANDING.has(name);
}

function sumOf(reports: readonly NodeReport[], level: string): number {
  return reports.reduce((sum, { levels }) => sum + (levels[level] ?? 0), 0);
}

/** Returns what nodes have left that have shut down in order; empty if nothing. */
export function checkEnded(reports: readonly NodeReport[]): readonly string[] {
  return reports.flatMap(({ node, levels, imbalances }) => [
    ...imbalances.map((text) => `${node}: ${text}`),
    ...Object.entries(levels).map(([key, level]) => `${node}: ${key} is ${level} at the end`),
  ]);
}

/**
 * Returns which sums do not come out even between two moments at which nothing was under way, and between which no node has
 * begun or ended: each command that was sent has one outcome, and so has each event that was stored. A command whose first
 * sending has failed, or was not confirmed, counts as replayed only.
 */
export function checkFlow(
  before: readonly NodeReport[],
  after: readonly NodeReport[],
): readonly string[] {
  const grown = (name: string, outcomes: readonly string[]): number =>
    outcomes.reduce((sum, outcome) => {
      const key = `${name} ${outcome}`;
      return sum + totalOf(after, key) - totalOf(before, key);
    }, 0);
  const found: string[] = [];
  const compare = (name: string, sent: string, ends: readonly string[]): void => {
    const [begun, again, ended] = [
      grown(name, [sent]),
      grown(name, ["replayed"]),
      grown(name, ends),
    ];
    if (ended < begun || ended > begun + again)
      found.push(`${begun} ${name} were ${sent}, and ${ended} have an outcome`);
    if (begun === 0) found.push(`no ${name} were ${sent}`);
  };
  compare("cluster.commands", "sent", COMMAND_ENDS);
  compare("cluster.events", "stored", EVENT_ENDS);
  return found;
}

function totalOf(reports: readonly NodeReport[], key: string): number {
  return reports.reduce((sum, { counts }) => sum + (counts[key] ?? 0), 0);
}

/** Level of the last resort, as text and as pino's number. */
const FATAL: ReadonlySet<unknown> = new Set(["fatal", 60]);

/**
 * Returns what is wrong with the lines that a process has written; empty if nothing is. What follows the last line feed was
 * cut by the end of the process.
 */
export function checkLines(node: string, output: string): readonly string[] {
  const found: string[] = [];
  for (const line of output.split("\n").slice(0, -1)) {
    const level = levelOf(line);
    if (level === undefined) found.push(`${node}: not a line of a log: ${line}`);
    else if (FATAL.has(level)) found.push(`${node}: ${line}`);
  }
  return found;
}

function levelOf(line: string): unknown {
  try {
    const fields: unknown = JSON.parse(line);
    return typeof fields === "object" && fields !== null && "level" in fields
      ? fields.level
      : undefined;
  } catch {
    return undefined;
  }
}
