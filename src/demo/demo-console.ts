import { type Console, createConsole, DEFAULT_CONSOLE_PORT } from "../console.ts";
import { LimelightError } from "../index.ts";
import { DemoError, DemoErrorCode } from "./demo-error.ts";
import type { DemoOptions } from "./options.ts";

/**
 * Opens the console of the demo; `undefined` when it is switched off. In production it is opened only if a
 * port is given.
 *
 * @throws {@link DemoError} when a given port cannot be bound
 */
export async function openConsole(options: DemoOptions): Promise<Console | undefined> {
  const { console: wanted, consolePort } = options;
  if (!wanted) return undefined;
  if (consolePort !== undefined) return await openAt(consolePort, options);
  if (process.env["NODE_ENV"] === "production") return undefined;
  try {
    return await openAt(DEFAULT_CONSOLE_PORT, options);
  } catch {
    return await openAt(0, options); // the default port is taken by another demo
  }
}

async function openAt(port: number, { consoleActions }: DemoOptions): Promise<Console> {
  try {
    const allowActions = consoleActions;
    return await createConsole(undefined, {
      port,
      allowActions,
      showState: true,
      production: true,
    });
  } catch (error) {
    if (!LimelightError.is(error) || error.code !== "ERR_CONSOLE_PORT") throw error;
    const advice = "choose another with --console-port, or do without by --no-console";
    throw new DemoError(`no console: ${error.message}; ${advice}`, {
      code: DemoErrorCode.ConsolePort,
      cause: error,
    });
  }
}
