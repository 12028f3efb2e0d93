import { systemClock } from "../base/clock.ts";
import { parseAddress } from "./connection/console-address.ts";
import { ConsoleClient } from "./connection/console-client.ts";
import { requireSystem } from "./connection/require-system.ts";
import { TopError, TopErrorCode } from "./connection/top-error.ts";
import type { Terminal } from "./ink-screen.ts";
import { keysAsJson, keysAsTable } from "./print-keys.ts";
import { onceAsJson, onceAsTable } from "./print-once.ts";
import type { SortBy } from "./screen/sort-by.ts";
import { Session } from "./session.ts";
import { safeText } from "./text/display-text.ts";
import { glyphsFor } from "./text/glyphs.ts";

/** Options of `limelight top`. */
export interface TopOptions {
  /** As the console prints it. */
  readonly url: string;
  /** Takes precedence over the token in `url`, which takes precedence over `LIMELIGHT_CONSOLE_TOKEN`. */
  readonly token: string | undefined;
  /** If set, the current state is printed once in this format. Otherwise it is shown and updated. */
  readonly once: "table" | "json" | undefined;
  readonly system: string | undefined;
  readonly filter: string;
  readonly sort: SortBy | undefined;
  /** The type whose stored keys are shown instead of actors; `filter` is then the beginning of the keys. */
  readonly keysOf: string | undefined;
}

/** A problem that the user can fix. The message says how. */
export interface TopProblem {
  readonly code: TopErrorCode;
  readonly message: string;
}

/**
 * Shows the actors of a running program on this terminal until the user quits, or prints them once.
 *
 * @returns the problem; `undefined` on success. It is a value, because the caller does not have the error
 *   classes of this bundle
 */
export async function runTop(options: TopOptions): Promise<TopProblem | undefined> {
  try {
    if (options.once === undefined) await show(options);
    else await print(options, options.once);
    return undefined;
  } catch (error) {
    if (!(error instanceof TopError)) throw error;
    return { code: error.code, message: safeText(error.message) };
  }
}

async function show(options: TopOptions): Promise<void> {
  const { stdin, stdout, stderr, env } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    const which = stdout.isTTY ? "stdin" : "stdout";
    throw new TopError(`${which} is no terminal; --once prints the table, --once --json all data`, {
      code: TopErrorCode.NoTerminal,
    });
  }
  const session = new Session(partsOf(options));
  try {
    await session.open();
    requireSystem(options.system, session.systems);
    // Imported on demand: printing does not need React. Its development build is slow and prints warnings.
    env["NODE_ENV"] ??= "production";
    const { showOnTerminal } = await import("./ink-screen.ts");
    const colour = (env["NO_COLOR"] ?? "") === "";
    const terminal: Terminal = { stdin, stdout, stderr, colour };
    await showOnTerminal(session, terminal);
  } finally {
    session.close();
  }
}

async function print(options: TopOptions, format: "table" | "json"): Promise<void> {
  await write(await textOf(options, format));
}

async function textOf(options: TopOptions, format: "table" | "json"): Promise<string> {
  const { keysOf, ...parts } = partsOf(options);
  if (keysOf === undefined) {
    return format === "json" ? await onceAsJson(parts) : await onceAsTable(parts);
  }
  const keyParts = { ...parts, keysOf };
  return format === "json" ? await keysAsJson(keyParts) : await keysAsTable(keyParts);
}

function partsOf(options: TopOptions) {
  const tokens = { given: options.token, usual: process.env["LIMELIGHT_CONSOLE_TOKEN"] };
  const client = new ConsoleClient(parseAddress(options.url, tokens));
  return { ...options, client, clock: systemClock, glyphs: glyphsFor(process.env) };
}

/** Resolves when everything is written, or when the reader, such as `head`, closes the pipe. */
function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once("error", () => {}); // the callback receives the error too
    process.stdout.write(text, (error) => {
      if (error === undefined || error === null || errorCode(error) === "EPIPE") resolve();
      else reject(error);
    });
  });
}

function errorCode(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}
