import { Command, Option } from "commander";
import type { SortBy } from "../terminal/screen/sort-by.ts";
import { CommandError } from "./command-error.ts";

const TOKEN_VARIABLE = "LIMELIGHT_CONSOLE_TOKEN";
/** Not imported from the terminal view, which the build bundles into a single file. */
const SORTS: Readonly<Record<SortBy, true>> = {
  id: true,
  name: true,
  state: true,
  mailbox: true,
  rate: true,
  restarts: true,
};

/** Options as commander parses them. */
interface ParsedOptions {
  readonly token?: string;
  readonly once: boolean;
  readonly json: boolean;
  readonly system?: string;
  readonly filter: string;
  readonly sort?: SortBy;
  readonly keys?: string;
}

/** Creates the command `limelight top`. */
export function topCommand(): Command {
  return new Command("top")
    .description("watch the actors of a running program in the terminal")
    .argument("<url>", "address of its console, as it prints it")
    .option("--token <token>", `what opens the console, if not in the address or ${TOKEN_VARIABLE}`)
    .option("--system <name>", "only actors of this system")
    .option(
      "--filter <text>",
      "only actors with this in their name, id or type; only keys that begin with it",
      "",
    )
    .addOption(new Option("--sort <column>", "what to sort by").choices(Object.keys(SORTS)))
    .option("--keys <type>", "the stored keys of a type of keyed actors, awake and asleep")
    .option("--once", "print the table once, as text", false)
    .option("--json", "with --once: print all there is as one JSON document", false)
    .addHelpText("after", "\nPress ? for the keys.")
    .helpOption("-h, --help", "print this help")
    .action(run);
}

async function run(url: string, parsed: ParsedOptions, command: Command): Promise<void> {
  const { json, once, token, system, filter, sort, keys } = parsed;
  if (json && !once) command.error("option '--json' needs '--once'");
  if (json && sort !== undefined) command.error("option '--sort' cannot be used with '--json'");
  if (keys !== undefined && sort !== undefined) {
    command.error("option '--sort' cannot be used with '--keys'");
  }
  // Imported here, as a single file in the build: it loads React and a layout engine.
  const { runTop } = await import("../terminal/top.ts");
  const format = json ? "json" : "table";
  const problem = await runTop({
    url,
    token,
    once: once ? format : undefined,
    system,
    filter,
    sort,
    keysOf: keys,
  });
  if (problem !== undefined) throw new CommandError(problem.message, { code: problem.code });
}
