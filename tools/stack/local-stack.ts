import { mkdirSync } from "node:fs";
import {
  collectorArgs,
  logFolder,
  lokiArgs,
  prometheusArgs,
  type StackPlace,
  tempoArgs,
} from "./stack-config.ts";
import type { StackPort } from "./stack-ports.ts";
import { StackProcess } from "./stack-process.ts";
import { Tool } from "./tool-paths.ts";

/** A program of the stack that can be stopped and started on its own. */
export type StackService = "collector" | "prometheus" | "tempo" | "loki";

/** How each is started, and the page that answers when it is ready. */
const SERVICES: Readonly<
  Record<
    StackService,
    {
      readonly open: (place: StackPlace) => StackProcess;
      readonly port: StackPort;
      readonly ready: string;
    }
  >
> = {
  prometheus: {
    open: (place) => new StackProcess(Tool.Prometheus, prometheusArgs(place)),
    port: "prometheus",
    ready: "/-/ready",
  },
  tempo: {
    open: (place) => new StackProcess(Tool.Tempo, tempoArgs(place)),
    port: "tempo",
    ready: "/ready",
  },
  loki: {
    open: (place) => new StackProcess(Tool.Loki, lokiArgs(place)),
    port: "loki",
    ready: "/ready",
  },
  collector: {
    open(place) {
      const { args, environment } = collectorArgs(place);
      return new StackProcess(Tool.Collector, args, environment);
    },
    port: "collectorHealth",
    ready: "/",
  },
};

/** The stack's programs as plain processes on loopback, with the repository's own configuration. */
export class LocalStack implements AsyncDisposable {
  readonly #place: StackPlace;
  readonly #running = new Map<StackService, StackProcess>();

  private constructor(place: StackPlace) {
    this.#place = place;
    mkdirSync(logFolder(place), { recursive: true });
  }

  /**
   * Starts all programs and waits until each is ready.
   *
   * @throws Error with what a program said, when it ends before it is ready; the others are stopped then
   */
  static async start(place: StackPlace): Promise<LocalStack> {
    const stack = new LocalStack(place);
    try {
      await Promise.all([stack.start("prometheus"), stack.start("tempo"), stack.start("loki")]);
      await stack.start("collector");
      return stack;
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where `port` is asked over HTTP. */
  url(port: StackPort): string {
    return `http://127.0.0.1:${this.#place.ports[port]}`;
  }

  /** Where the collector looks for log files. */
  get logFolder(): string {
    return logFolder(this.#place);
  }

  /** The end of what `service` has said of itself. */
  output(service: StackService): string {
    return this.#running.get(service)?.output ?? "";
  }

  /** Starts `service`, with what it remembers, and waits until it is ready. */
  async start(service: StackService): Promise<void> {
    const { open, port, ready } = SERVICES[service];
    const started = open(this.#place);
    this.#running.set(service, started);
    await started.ready(this.url(port) + ready);
  }

  /** Stops `service` as an operator would. */
  async stop(service: StackService): Promise<void> {
    await this.#running.get(service)?.stop();
  }

  /** Ends `service` without asking, as the kernel does. */
  async kill(service: StackService): Promise<void> {
    await this.#running.get(service)?.[Symbol.asyncDispose]();
  }

  /** Ends all programs; what they keep stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.values()].map((each) => each[Symbol.asyncDispose]()));
  }
}
