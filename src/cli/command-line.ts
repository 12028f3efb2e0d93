import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { DemoError } from "../demo/demo-error.ts";
import { ErrorCode } from "../index.ts";
import { backupCommand, restoreCommand } from "./backup-commands.ts";
import { CommandError } from "./command-error.ts";
import { consoleCommand } from "./console-command.ts";
import { demoCommand } from "./demo-command.ts";
import { doctorCommand } from "./doctor-command.ts";
import { topCommand } from "./top-command.ts";

/** Exit status of the process. */
export const ExitStatus = { Ok: 0, Failed: 1, Usage: 2 } as const;
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

/** Runs the command that `args` name. Errors in them are reported on stderr. */
export async function runCommandLine(args: readonly string[]): Promise<ExitStatus> {
  try {
    await program().parseAsync(args, { from: "user" });
    return ExitStatus.Ok;
  } catch (error) {
    return report(error);
  }
}

function program(): Command {
  const limelight = new Command("limelight")
    .description("An actor runtime for Node.js in which nothing runs unseen.")
    .version(packageVersion(), "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} }); // `report` prints all errors in one form
  const commands = [
    demoCommand(),
    consoleCommand(),
    topCommand(),
    doctorCommand(),
    backupCommand(),
    restoreCommand(),
  ];
  for (const command of commands) {
    limelight.addCommand(command.copyInheritedSettings(limelight));
  }
  return limelight;
}

/**
 * Reads the package's version. The package is two levels up, both from the sources and from the built files.
 */
function packageVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

function report(error: unknown): ExitStatus {
  if (error instanceof CommanderError) return reportUsage(error);
  const explained = error instanceof DemoError || error instanceof CommandError;
  if (!explained) throw error; // an internal error: the stack is needed
  complain(error.message, error.code);
  return ExitStatus.Failed;
}

function reportUsage({ code, exitCode, message }: CommanderError): ExitStatus {
  if (exitCode === 0) return ExitStatus.Ok; // help or version, which has been printed
  if (code === "commander.help") return ExitStatus.Usage; // no command; help has been printed
  const sentence = message.replace(/^error: /, "").replace(/\.$/, "");
  complain(`${sentence}; see limelight --help`, ErrorCode.InvalidOption);
  return ExitStatus.Usage;
}

/** Messages quote arguments, so characters that would move the cursor are escaped. */
function complain(message: string, code: string): void {
  const shown = message.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
  console.error(`limelight: ${shown} (${code})`);
}
