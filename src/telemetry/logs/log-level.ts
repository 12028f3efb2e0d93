import { pino } from "pino";

const VARIABLE = "LIMELIGHT_LOG_LEVEL";
const DEFAULT = "info";
/** Maximum length of a refused value in the warning. */
const MAX_SHOWN = 70;

/** Invalid values for which a warning was already emitted. */
const reported = new Set<string>();

/**
 * Returns the level that `LIMELIGHT_LOG_LEVEL` names, in any case; `info` when it is unset.
 *
 * An unknown level also gives `info`, with a warning, because pino would throw at the first logger of the
 * application.
 *
 * @param custom levels that a logger has in addition to pino's
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
    const problem = `${VARIABLE} knows ${known.join(", ")}, not ${JSON.stringify(asked.slice(0, MAX_SHOWN))}: using ${DEFAULT}`;
    process.emitWarning(problem, "LimelightWarning");
  }
  return DEFAULT;
}
