import { serviceNameOf } from "../telemetry/logs/logger.ts";
import { readConfigFile } from "./config/config-file.ts";
import { STANDARD_VARIABLES } from "./standard-variables.ts";

/** Variables that name a configuration file: that of the specification, and its old name. */
const FILE_VARIABLES = ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"];
const SERVICE_NAME = "OTEL_SERVICE_NAME";

/** The variables that telemetry is set up from. */
export interface ConfiguredVariables {
  readonly variables: NodeJS.ProcessEnv;
  /** Standard variables that are set, and that a configuration file has replaced without referring to them. */
  readonly replaced: readonly string[];
}

/**
 * Returns the variables of `env`; where `OTEL_CONFIG_FILE` names a file, its content in place of all standard ones.
 *
 * @throws LimelightError `ERR_CONFIG_FILE` for a file that cannot be followed as a whole
 */
export function configuredVariables(env: NodeJS.ProcessEnv): ConfiguredVariables {
  const path = FILE_VARIABLES.map((name) => env[name]?.trim()).find((value) => value);
  if (path === undefined) return { variables: env, replaced: [] };
  const referred = new Set<string>(FILE_VARIABLES);
  const read = (name: string): string | undefined => {
    referred.add(name);
    return env[name];
  };
  const configured = Object.fromEntries(readConfigFile(path, read));
  const others = Object.entries(env).filter(([name]) => !STANDARD_VARIABLES.has(name));
  const replaced = [...STANDARD_VARIABLES.keys()].filter(
    (name) =>
      !referred.has(name) && (env[name]?.trim() ?? "") !== "" && env[name] !== configured[name],
  );
  return { variables: { ...Object.fromEntries(others), ...configured }, replaced };
}

/**
 * Runs `start` with `variables` in place of the standard ones of the process, which OpenTelemetry's packages read
 * themselves. They are put back afterwards: child processes read the file anew, with the same references.
 *
 * The service's name stays, because loggers that are created later read it.
 */
export function withVariables(variables: NodeJS.ProcessEnv, start: () => void): void {
  const { env } = process;
  if (variables === env) {
    start();
    return;
  }
  const names = new Set([...STANDARD_VARIABLES.keys(), ...Object.keys(variables)]);
  const before = new Map([...names].map((name) => [name, env[name]]));
  for (const name of names) assign(name, variables[name]);
  try {
    start();
  } finally {
    for (const [name, value] of before) assign(name, value);
    assign(SERVICE_NAME, serviceNameOf(variables) ?? before.get(SERVICE_NAME));
  }
}

function assign(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else if (process.env[name] !== value) process.env[name] = value;
}
