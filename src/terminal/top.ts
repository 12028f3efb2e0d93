import { systemClock } from "../base/clock.ts";
import { parseAddress } from "./connection/console-address.ts";
import { ConsoleClient } from "./connection/console-client.ts";
import { requireSystem } from "./connection/require-system.ts";
import { TopError, TopErrorCode } from "./connection/top-error.ts";
import type { Terminal } from "./ink-screen.ts";
import { onceAsJson, onceAsTable } from "./print-once.ts";
import type { SortBy } from "./screen/sort-by.ts";
import { Session } from "./session.ts";
import { safeText } from "./text/display-text.ts";
import { glyphsFor } from "./text/glyphs.ts";

/** What `limelight top` was asked for. */
export interface TopOptions {
  /** As the console prints it. */
  readonly url: string;
  /** Counts more than the one in `url`, which counts more than `LIMELIGHT_CONSOLE_TOKEN`. */
  readonly token: string | undefined;
  /** Whether it is to print what there is now instead of showing it as it changes; and as what. */
  readonly once: "table" | "json" | undefined;
  readonly system: string | undefined;
  readonly filter: string;
  readonly sort: SortBy | undefined;
}

/** What a person can put right, in a sentence that says how. */
export interface TopProblem {
  readonly code: TopErrorCode;
  readonly message: string;
}

/**
 * Shows the actors of a running program on this terminal until its user has had enough; or prints them once.
 *
 * @returns what was wrong; `undefined` when nothing was. A value, since an error of this bundle is of no
 *   class that its caller could know
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
    // Not imported above: who only prints needs no React, whose development build would be slow and chatty.
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
  const parts = partsOf(options);
  const text = format === "json" ? await onceAsJson(parts) : await onceAsTable(parts);
  await write(text);
}

function partsOf(options: TopOptions) {
  const tokens = { given: options.token, usual: process.env["LIMELIGHT_CONSOLE_TOKEN"] };
  const client = new ConsoleClient(parseAddress(options.url, tokens));
  return { ...options, client, clock: systemClock, glyphs: glyphsFor(process.env) };
}

/** Resolves when all is written; a reader that has had enough, such as `head`, is no fault. */
function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once("error", () => {}); // told to the callback as well
    process.stdout.write(text, (error) => {
      if (error === undefined || error === null || errorCode(error) === "EPIPE") resolve();
      else reject(error);
    });
  });
}

function errorCode(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}
