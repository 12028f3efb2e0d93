import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { LocalStack } from "./local-stack.ts";

const root = join(import.meta.dirname, "../..");

/** What an application of anybody's has in its environment to report to `stack`. */
export function reportingEnvironment(stack: LocalStack): Readonly<Record<string, string>> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: stack.url("otlpHttp"),
    OTEL_METRICS_EXPORTER: "otlp",
    OTEL_METRIC_EXPORT_INTERVAL: "5000",
  };
}

/** The demo under its own load, started as in the compose file. */
export class DemoApp implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor(stack: LocalStack, args: readonly string[]) {
    const main = join(root, "src/cli/main.ts");
    const logFile = join(stack.logFolder, "app.ndjson");
    this.#child = spawn(
      process.execPath,
      [main, "demo", "--json", `--log-file=${logFile}`, ...args],
      {
        env: {
          ...process.env,
          ...reportingEnvironment(stack),
          OTEL_SERVICE_NAME: "limelight-demo",
          // As in the compose file: the same after a restart.
          OTEL_RESOURCE_ATTRIBUTES: "service.instance.id=app-1,deployment.environment.name=local",
        },
        // Its lines are in the log file; a terminal's Ctrl-C is for us, who stop it in its turn.
        stdio: ["ignore", "ignore", "inherit"],
        detached: true,
      },
    );
  }

  /** Resolves with its exit code as soon as it has ended. */
  async ended(): Promise<number | null> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) await once(this.#child, "exit");
    return this.#child.exitCode;
  }

  /** Lets it finish what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.ended();
  }
}
