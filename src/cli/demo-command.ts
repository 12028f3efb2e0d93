import { Command, InvalidArgumentError, Option } from "commander";
import { DemoDefaults, DemoLimits, type DemoOptions } from "../demo/options.ts";
import { DemoScenario } from "../demo/scenario-names.ts";

/** Options as commander parses them: {@link DemoOptions} before the defaults that depend on other options. */
interface ParsedOptions extends Omit<DemoOptions, "pretty" | "seed"> {
  readonly seed?: number;
  readonly json?: true;
  readonly pretty?: true;
}

/** Creates the command `limelight demo`. */
export function demoCommand(): Command {
  const { port, host, rate, paymentFailureRate, slowCourierMs, scenario } = DemoDefaults;
  return new Command("demo")
    .description("run a small order desk under load and watch it through OpenTelemetry")
    .addOption(numeric("--port <port>", "port of the order desk, 0 for any", "port", port))
    .option(
      "--host <address>",
      "address the order desk listens on, for anyone who reaches it",
      host,
    )
    .option("--allowed-host <name>", "name it may be asked for by; may be repeated", addName, [])
    .addOption(numeric("--rate <number>", "requests a second", "rate", rate))
    .addOption(numeric("--duration <seconds>", "end the load after that long", "duration"))
    .option("--data <directory>", "keep orders there; default: a temporary one", parseDirectory)
    .option("--no-console", "open no console")
    .addOption(numeric("--console-port <port>", "port of the console, 0 for any", "consolePort"))
    .option("--console-actions", "let the console stop actors and send messages", false)
    .option("--no-load", "send no load; place orders yourself")
    .option("--exit-after-load", "stop when the load has ended", false)
    .addOption(
      numeric(
        "--payment-failure-rate <share>",
        "share of payments that fail, 0 to 1",
        "paymentFailureRate",
        paymentFailureRate,
      ),
    )
    .addOption(
      numeric(
        "--slow-courier-ms <ms>",
        "how long a courier drives",
        "slowCourierMs",
        slowCourierMs,
      ),
    )
    .addOption(
      new Option("--scenario <name>", "what goes wrong besides payments")
        .choices(Object.values(DemoScenario))
        .default(scenario),
    )
    .addOption(numeric("--cluster <processes>", "run in several processes on NATS", "cluster"))
    .option("--nats <url>", "NATS server of the cluster; default: one is started")
    .option("--nats-insecure", "use that server without TLS, in a network that is trusted", false)
    .option("--no-restart", "leave processes of the cluster that were killed away")
    .addOption(new Option("--node <name>", "name of this process in the cluster").hideHelp())
    .addOption(numeric("--seed <integer>", "repeat the luck of another run", "seed"))
    .addOption(new Option("--json", "JSON lines even on a terminal").conflicts("pretty"))
    .option("--pretty", "lines for people even where stdout is no terminal")
    .option("--log-file <path>", "write the lines to this file as well, as JSON")
    .helpOption("-h, --help", "print this help")
    .action(run);
}

function numeric(
  flags: string,
  description: string,
  name: keyof typeof DemoLimits,
  fallback?: number,
): Option {
  const option = new Option(flags, description).argParser((text) => parseNumber(text, name));
  return fallback === undefined ? option : option.default(fallback);
}

const HOST_NAME = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

function addName(name: string, names: readonly string[]): readonly string[] {
  if (HOST_NAME.test(name)) return [...names, name.toLowerCase()];
  throw new InvalidArgumentError("It must be a name such as shop.example.");
}

function parseDirectory(path: string): string {
  if (path !== "" && !path.includes("\0")) return path;
  throw new InvalidArgumentError("It must be the path of a directory.");
}

function parseNumber(text: string, name: keyof typeof DemoLimits): number {
  const { min, max, integer } = DemoLimits[name];
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!integer || Number.isInteger(value))) return value;
  const kind = integer ? "an integer" : "a number";
  throw new InvalidArgumentError(`It must be ${kind} from ${min} to ${max}.`);
}

async function run(parsed: ParsedOptions, command: Command): Promise<void> {
  if (parsed.exitAfterLoad && (!parsed.load || parsed.duration === undefined)) {
    command.error("option '--exit-after-load' needs a load that ends: give it a --duration");
  }
  const options = settle(parsed);
  if (options.cluster !== undefined) {
    // Imported here because the processes of the cluster need no second one of their modules.
    const { runCluster } = await import("../demo/cluster/run-cluster.ts");
    await runCluster({ ...options, cluster: options.cluster });
    return;
  }
  // The preload passes spans to the demo's own console, and does not open one itself.
  process.env["LIMELIGHT_CONSOLE"] = parsed.console ? "attach" : "0";
  // Alone and first: modules beside one that awaits do not wait for it, and the SDK must not start before.
  await import("../demo/missing-collector.ts");
  // Imported here because it starts the SDK, which `--help` or an invalid option must not do.
  const { runDemo } = await import("../demo/run-demo.ts");
  await runDemo(options);
}

function settle(parsed: ParsedOptions): DemoOptions {
  const { json, pretty, seed, ...options } = parsed;
  return {
    ...options,
    seed: seed ?? Math.floor(Math.random() * DemoLimits.seed.max),
    pretty: pretty ?? (json === undefined && process.stdout.isTTY),
  };
}
