import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalStack } from "../../tools/stack/local-stack.ts";
import { DEFAULT_PORTS, type StackPort, type StackPorts } from "../../tools/stack/stack-ports.ts";
import { JaegerClient } from "./stack-jaeger.ts";
import { freePort } from "./stack-program.ts";
import { PrometheusClient } from "./stack-prometheus.ts";
import { VictoriaLogsClient } from "./stack-victorialogs.ts";

async function freePorts(): Promise<StackPorts> {
  const names = Object.keys(DEFAULT_PORTS) as StackPort[];
  const ports: Partial<Record<StackPort, number>> = {};
  for (const name of names) ports[name] = await freePort();
  return { ...DEFAULT_PORTS, ...ports };
}

/** The stack's programs with the repository's own configuration, on free ports, in a folder that goes with them. */
export class Stack implements AsyncDisposable {
  readonly #folder: string;
  readonly local: LocalStack;
  readonly prometheus: PrometheusClient;
  readonly jaeger: JaegerClient;
  readonly victoriaLogs: VictoriaLogsClient;

  private constructor(folder: string, local: LocalStack) {
    this.#folder = folder;
    this.local = local;
    this.prometheus = new PrometheusClient(local.url("prometheus"));
    this.jaeger = new JaegerClient(local.url("jaeger"));
    this.victoriaLogs = new VictoriaLogsClient(local.url("victoriaLogs"));
  }

  /** Starts all programs and waits until they are ready. */
  static async start(): Promise<Stack> {
    const folder = mkdtempSync(join(tmpdir(), "limelight-stack-"));
    return new Stack(
      folder,
      await LocalStack.start({ folder, ports: await freePorts(), intervalS: 1 }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.local[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
