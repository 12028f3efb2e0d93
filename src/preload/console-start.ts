import { writeSync } from "node:fs";
import { ErrorCode, errorType } from "../base/errors.ts";
import { thrownText } from "../base/foreign-value.ts";
import type { Console, ConsoleOptions } from "../console.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Environment } from "./environment.ts";
import { notePort, servedAbove } from "./process/port-owner.ts";
import { ProcessRole } from "./process/process-role.ts";

/** Values of `LIMELIGHT_CONSOLE`. */
export const ConsoleMode = {
  Off: "off",
  /** Spans are passed to a console that the program creates itself, even where they are not exported. */
  Attach: "attach",
  /** One console for all systems of the process, unless `NODE_ENV` is `production`. */
  On: "on",
  /** The same, in production as well. */
  Production: "production",
} as const;
export type ConsoleMode = (typeof ConsoleMode)[keyof typeof ConsoleMode];

const VARIABLE = "LIMELIGHT_CONSOLE";
const STDERR = 2;
const MODES: ReadonlyMap<string, ConsoleMode> = new Map([
  ["0", ConsoleMode.Off],
  ["false", ConsoleMode.Off],
  ["attach", ConsoleMode.Attach],
  ["1", ConsoleMode.On],
  ["true", ConsoleMode.On],
  ["production", ConsoleMode.Production],
]);

/**
 * Returns the mode that the environment selects for a process of that role. Only the main process opens a
 * console: others would conflict over its port.
 */
export function consoleMode(environment: Environment, role: ProcessRole): ConsoleMode {
  const asked = environment.text(VARIABLE)?.toLowerCase();
  if (asked === undefined || role !== ProcessRole.Main) return ConsoleMode.Off;
  const mode = MODES.get(asked);
  if (mode !== undefined) return mode;
  environment.report(
    `${VARIABLE} knows ${[...MODES.keys()].join(", ")}, not ${JSON.stringify(asked)}`,
  );
  return ConsoleMode.Off;
}

/**
 * Starts a console for all systems of the process and writes its address to stderr. Never rejects: without a
 * console the application continues.
 */
export async function startConsole(
  mode: ConsoleMode,
  environment: Environment,
  diagnostics: Diagnostics,
): Promise<void> {
  if (mode === ConsoleMode.Off || mode === ConsoleMode.Attach) return;
  try {
    // Imported on demand: it loads the runtime, which not every application uses.
    const { createConsole, DEFAULT_CONSOLE_PORT } = await import("../console.ts");
    const options = readOptions(environment, DEFAULT_CONSOLE_PORT);
    const { port = DEFAULT_CONSOLE_PORT } = options;
    if (servedAbove(port)) {
      diagnostics.info(`no console here: a process above this one serves port ${port}`);
      return;
    }
    notePort(port);
    const production = mode === ConsoleMode.Production;
    const open = (left: ConsoleOptions): Promise<Console> =>
      createConsole(undefined, { ...left, production });
    const { url } = await openWithout(options, open, environment);
    writeSync(STDERR, `limelight console: ${url}\n`);
  } catch (error) {
    const message = thrownText(error);
    diagnostics.report(`no console here: ${message}${adviceFor(error)}`, {
      error_type: errorType(error),
    });
  }
}

/** Opens a console with the rejected options at their defaults. */
async function openWithout(
  options: ConsoleOptions,
  open: (options: ConsoleOptions) => Promise<Console>,
  environment: Environment,
): Promise<Console> {
  try {
    return await open(options);
  } catch (error) {
    const message = thrownText(error);
    const [, refused = ""] = /^`(\w+)` must/.exec(message) ?? [];
    const { [refused as keyof ConsoleOptions]: bad, ...left } = options;
    if (errorType(error) !== ErrorCode.InvalidOption || bad === undefined) throw error;
    const variable = `${VARIABLE}_${refused.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
    environment.report(`${variable}: ${message}: using its default`);
    return await openWithout(left, open, environment);
  }
}

function readOptions(environment: Environment, usualPort: number): ConsoleOptions {
  const host = environment.text(`${VARIABLE}_HOST`);
  const token = environment.text(`${VARIABLE}_TOKEN`);
  const traceLink = environment.text(`${VARIABLE}_TRACE_LINK`);
  const ports = { min: 0, max: 65_535, integer: true };
  return {
    port: environment.number(`${VARIABLE}_PORT`, usualPort, ports),
    allowedHosts: environment.list(`${VARIABLE}_ALLOWED_HOSTS`, []),
    allowActions: environment.flag(`${VARIABLE}_ACTIONS`),
    showState: environment.flag(`${VARIABLE}_STATE`),
    ...(host === undefined ? {} : { host }),
    ...(token === undefined ? {} : { token }),
    ...(traceLink === undefined ? {} : { traceLink }),
  };
}

/** Returns advice that names the environment variables where the error names options. */
function adviceFor(error: unknown): string {
  switch (errorType(error)) {
    case "ERR_CONSOLE_PRODUCTION":
      return `; ${VARIABLE}=production asks for it`;
    case "ERR_CONSOLE_PORT":
      return `; ${VARIABLE}_HOST and ${VARIABLE}_PORT give them`;
    case "ERR_CONSOLE_EXPOSED":
      return `; ${VARIABLE}_TOKEN and ${VARIABLE}_ALLOWED_HOSTS give them`;
    default:
      return "";
  }
}
