import { pino } from "pino";

const VARIABLE = "LIMELIGHT_LOG_LEVEL";
const DEFAULT = "info";

/** Values that have been warned about. */
const reported = new Set<string>();

/**
 * The level that `LIMELIGHT_LOG_LEVEL` names, in any case; `info` when it is unset, and with a warning when
 * there is no such level. pino throws then, at the first logger of the application.
 *
 * @param custom levels that a logger knows besides pino's
 */
export function logLevelOf(
  env: NodeJS.ProcessEnv,
  custom: Readonly<Record<string, number>> = {},
): string {
  const asked = env[VARIABLE]?.trim() ?? "";
  if (asked === "") return DEFAULT;
  const known = [...Object.keys(pino.levels.values), "silent", ...Object.keys(custom)];
  const level =
    known.find((name) => name === asked) ?? known.find((name) => name === asked.toLowerCase());
  if (level !== undefined) return level;
  if (!reported.has(asked)) {
    reported.add(asked);
    const problem = `${VARIABLE} knows ${known.join(", ")}, not ${JSON.stringify(asked)}: using ${DEFAULT}`;
    process.emitWarning(problem, "LimelightWarning");
  }
  return DEFAULT;
}
