import type { Environment } from "../environment.ts";

const VARIABLE = "LIMELIGHT_INSTRUMENTATIONS";

/** How the instrumentations were chosen. */
export const ChoiceKind = {
  /** By default, and by the variables of `auto-instrumentations-node`. */
  Default: "default",
  /** All that `auto-instrumentations-node` contains. */
  All: "all",
  /** By name. */
  Named: "named",
} as const;
export type ChoiceKind = (typeof ChoiceKind)[keyof typeof ChoiceKind];

/** Which instrumentations are registered. */
export interface InstrumentationChoice {
  readonly kind: ChoiceKind;
  /** Names without `@opentelemetry/instrumentation-`; empty unless they were named. */
  readonly names: readonly string[];
}

/** Those that create spans for each file, look-up and connection, or measure what the preload measures. */
const NOT_BY_DEFAULT = new Set(["dns", "fs", "host-metrics", "net", "runtime-node"]);

/** Reads `LIMELIGHT_INSTRUMENTATIONS`. Returns `undefined` if none is to be registered. */
export function readChoice(environment: Environment): InstrumentationChoice | undefined {
  const names = environment.list(VARIABLE, []);
  if (names.includes("none")) return undefined;
  if (names.includes("all")) return { kind: ChoiceKind.All, names: [] };
  return { kind: names.length === 0 ? ChoiceKind.Default : ChoiceKind.Named, names };
}

/**
 * Returns which of the instrumentations that `auto-instrumentations-node` contains are registered.
 *
 * @param available their names
 * @param installed whether the package that an instrumentation patches is installed
 */
export function chooseFrom(
  available: readonly string[],
  kind: ChoiceKind,
  environment: Environment,
  installed: (name: string) => boolean,
): readonly string[] {
  const disabled = namesIn("OTEL_NODE_DISABLED_INSTRUMENTATIONS", available, environment);
  const enabled = namesIn("OTEL_NODE_ENABLED_INSTRUMENTATIONS", available, environment);
  return available.filter((name) => {
    if (disabled.includes(name)) return false;
    if (kind === ChoiceKind.Default && enabled.length > 0) return enabled.includes(name);
    if (kind === ChoiceKind.Default && NOT_BY_DEFAULT.has(name)) return false;
    // The preload reports these metrics itself.
    return name !== "runtime-node" && installed(name);
  });
}

function namesIn(
  variable: string,
  available: readonly string[],
  environment: Environment,
): readonly string[] {
  const names = environment.list(variable, []);
  for (const name of names.filter((each) => !available.includes(each))) {
    environment.report(
      `${variable}: auto-instrumentations-node contains no ${JSON.stringify(name)}`,
    );
  }
  return names;
}

/** Reports an instrumentation that was named and is not installed. */
export function reportAbsent(name: string, environment: Environment): void {
  const shown = JSON.stringify(name);
  environment.report(
    `${VARIABLE}: ${shown} is not installed: npm install @opentelemetry/instrumentation-${name}`,
  );
}

/** Reports that `all` has nothing to choose from. */
export function reportNoAuto(environment: Environment): void {
  environment.report(
    `${VARIABLE}=all needs a package that is not installed: npm install @opentelemetry/auto-instrumentations-node`,
  );
}
