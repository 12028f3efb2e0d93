import { Command, Option } from "commander";
import { LimelightError } from "../index.ts";
import { CommandError } from "./command-error.ts";

/** Of nodes, whose users need different permissions. */
const ROLES = ["node", "runner", "client"] as const;

/** Options as commander parses them. */
interface ParsedOptions {
  readonly nats: string[];
  readonly namespace?: string;
  readonly replicas?: string;
  readonly monitor: string[];
  readonly credentials?: string;
  readonly user?: string;
  readonly ca?: string;
  readonly allowInsecure: boolean;
  readonly maxStreamBytes?: string;
  readonly inboxPrefix?: string;
  readonly permissions: boolean;
  readonly role: (typeof ROLES)[number];
  readonly json: boolean;
}

/** As in `src/cluster`, which is loaded only when it is needed. */
interface Finding {
  readonly topic: string;
  readonly severity: "ok" | "warning" | "problem";
  readonly text: string;
  readonly remedy?: string;
}

const PASSWORD_VARIABLE = "LIMELIGHT_NATS_PASSWORD";
const TOKEN_VARIABLE = "LIMELIGHT_NATS_TOKEN";
const MARKS = { ok: "ok     ", warning: "warning", problem: "PROBLEM" } as const;

/** Creates the command `limelight doctor`. */
export function doctorCommand(): Command {
  const collect = (value: string, values: string[]): string[] => [...values, value];
  return new Command("doctor")
    .description("check whether a cluster can use a NATS server, and say what to change")
    .option("--nats <url>", "address of a server; may be repeated", collect, [])
    .option("--namespace <name>", "of the cluster")
    .option("--replicas <number>", "copies of each stream")
    .option("--monitor <url>", "address of a server's monitoring; may be repeated", collect, [])
    .option("--credentials <file>", "file with a JWT and its seed")
    .option("--user <name>", `log in with the password in ${PASSWORD_VARIABLE}`)
    .option("--ca <file>", "certificates of the authorities to trust, in PEM; turns TLS on")
    .option("--max-stream-bytes <number>", "as in the option `maxStreamBytes` of the engine")
    .option("--allow-insecure", "connect to other machines without TLS", false)
    .option("--inbox-prefix <token>", "as in the option `inboxPrefix` of the engine")
    .option(
      "--permissions",
      "print the permissions that a node's user needs, and examine nothing",
      false,
    )
    .addOption(
      new Option("--role <role>", "of the node whose permissions are examined or printed")
        .choices(ROLES)
        .default("node"),
    )
    .option("--json", "print the findings as JSON", false)
    .addHelpText(
      "after",
      `\nA token is read from ${TOKEN_VARIABLE}. Nothing is created or changed.`,
    )
    .helpOption("-h, --help", "print this help")
    .action(run);
}

/** Options as those of the engine. */
type EngineOptions = Parameters<
  typeof import("../cluster/nats-doctor/examine-nats.ts").examineNats
>[0];

async function run(parsed: ParsedOptions, command: Command): Promise<void> {
  if (parsed.nats.length === 0) command.error("option '--nats <url>' is missing");
  if (parsed.permissions) {
    console.log(
      await withDoctor((library) => library.permissionsFor(optionsOf(parsed), parsed.role)),
    );
    return;
  }
  const findings = await withDoctor((library) =>
    library.examineNats(optionsOf(parsed), undefined, parsed.role),
  );
  console.log(parsed.json ? JSON.stringify(findings, undefined, 2) : findings.map(line).join("\n"));
  const problems = findings.filter(({ severity }) => severity === "problem").length;
  if (problems === 0) return;
  const text = problems === 1 ? "there is a problem" : `there are ${problems} problems`;
  throw new CommandError(text, { code: "ERR_CHECK_FAILED" });
}

function optionsOf(parsed: ParsedOptions): EngineOptions {
  const { nats, namespace, replicas, monitor, credentials, user, ca, allowInsecure } = parsed;
  const { inboxPrefix, maxStreamBytes } = parsed;
  const { [PASSWORD_VARIABLE]: password, [TOKEN_VARIABLE]: token } = process.env;
  return {
    servers: nats,
    monitorUrls: monitor,
    allowInsecure,
    ...(namespace === undefined ? {} : { namespace }),
    ...(replicas === undefined ? {} : { replicas: Number(replicas) }),
    ...(credentials === undefined ? {} : { credentialsFile: credentials }),
    ...(user === undefined ? {} : { user }),
    ...(user === undefined || password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { tls: { caFile: ca } }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    ...(maxStreamBytes === undefined ? {} : { maxStreamBytes: Number(maxStreamBytes) }),
  };
}

/** The examination is loaded only when it is asked for: it needs the client of NATS. */
async function withDoctor<Result>(
  work: (
    library: typeof import("../cluster/nats-doctor/examine-nats.ts"),
  ) => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work(await import("../cluster/nats-doctor/examine-nats.ts"));
  } catch (error) {
    if (LimelightError.is(error)) throw new CommandError(error.message, { code: error.code });
    if (error instanceof Error && error.message.includes("'@nats-io/")) {
      const message = "NATS needs a package: install @nats-io/transport-node@3.4.0";
      throw new CommandError(message, { code: "ERR_PACKAGE_MISSING" });
    }
    throw error;
  }
}

function line({ topic, severity, text, remedy }: Finding): string {
  const first = `${MARKS[severity]}  ${topic}: ${text}`;
  return remedy === undefined ? first : `${first}\n         → ${remedy}`;
}
