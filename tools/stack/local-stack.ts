import { mkdirSync } from "node:fs";
import {
  collectorArgs,
  collectorFolder,
  jaegerArgs,
  logFolder,
  prometheusArgs,
  type StackPlace,
  stopGraceMs,
  victoriaLogsArgs,
} from "./stack-config.ts";
import type { StackPort } from "./stack-ports.ts";
import { StackProcess } from "./stack-process.ts";
import { Tool } from "./tool-paths.ts";

/** A program of the stack that can be stopped and started on its own. */
export type StackService = "collector" | "prometheus" | "jaeger" | "victorialogs";

/** Those that keep what the collector sends. */
const STORES: readonly StackService[] = ["prometheus", "jaeger", "victorialogs"];

/** How each is started, and the page that answers when it is ready. */
const SERVICES: Readonly<
  Record<
    StackService,
    {
      readonly open: (place: StackPlace, detached: boolean) => StackProcess;
      readonly port: StackPort;
      readonly ready: string;
    }
  >
> = {
  prometheus: {
    open: (place, detached) =>
      new StackProcess(Tool.Prometheus, prometheusArgs(place), { detached }),
    port: "prometheus",
    ready: "/-/ready",
  },
  jaeger: {
    open: (place, detached) => new StackProcess(Tool.Jaeger, jaegerArgs(place), { detached }),
    port: "jaegerHealth",
    ready: "/status",
  },
  victorialogs: {
    open: (place, detached) =>
      new StackProcess(Tool.VictoriaLogs, victoriaLogsArgs(place), { detached }),
    port: "victoriaLogs",
    ready: "/health",
  },
  collector: {
    open(place, detached) {
      const { args, environment } = collectorArgs(place);
      return new StackProcess(Tool.Collector, args, { environment, detached });
    },
    port: "collectorHealth",
    ready: "/",
  },
};

/** The stack's programs as plain processes on loopback, with the repository's own configuration. */
export class LocalStack implements AsyncDisposable {
  readonly #place: StackPlace;
  readonly #detached: boolean;
  readonly #running = new Map<StackService, StackProcess>();

  private constructor(place: StackPlace, detached: boolean) {
    this.#place = place;
    this.#detached = detached;
    mkdirSync(logFolder(place), { recursive: true });
  }

  /**
   * Starts all programs and waits until each is ready; those that are `detached` do not hear a terminal's Ctrl-C.
   *
   * @throws Error with what a program said, when it ends before it is ready; the others are stopped then
   */
  static async start(
    place: StackPlace,
    { detached = false }: { readonly detached?: boolean } = {},
  ): Promise<LocalStack> {
    const stack = new LocalStack(place, detached);
    try {
      await Promise.all(STORES.map((service) => stack.start(service)));
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

  /** Where the collector keeps its positions in the log files. */
  get collectorFolder(): string {
    return collectorFolder(this.#place);
  }

  /** The end of what `service` has said of itself. */
  output(service: StackService): string {
    return this.#running.get(service)?.output ?? "";
  }

  /** Starts `service`, with what it remembers, and waits until it is ready. */
  async start(service: StackService): Promise<void> {
    const { open, port, ready } = SERVICES[service];
    const started = open(this.#place, this.#detached);
    this.#running.set(service, started);
    await started.ready(this.url(port) + ready);
  }

  /**
   * Stops `service` as Docker would.
   *
   * @returns whether it ended by itself within the grace that the compose file gives it
   */
  async stop(service: StackService): Promise<boolean> {
    return (await this.#running.get(service)?.stop(stopGraceMs(service))) ?? true;
  }

  /** Stops all programs so that what they keep is whole: first the one that sends, then those that store. */
  async stopAll(): Promise<void> {
    await this.stop("collector");
    await Promise.all(STORES.map((service) => this.stop(service)));
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
