import type { DemoScenario } from "./scenario-names.ts";

/** Options of the demo, set by the command line. */
export interface DemoOptions {
  /** Port of the shop; 0 selects any free one. */
  readonly port: number;
  /** Address the shop listens on. */
  readonly host: string;
  /** Names, besides those of loopback, by which the shop may be addressed, in lower case. */
  readonly allowedHost: readonly string[];
  /** Where orders are stored. Default: a temporary directory, removed at the end. */
  readonly data?: string;
  /** Whether the console is opened. */
  readonly console: boolean;
  /**
   * Port of the console; 0 selects any free one. Default: the console's usual port, or any free one if that
   * is taken.
   */
  readonly consolePort?: number;
  /** Whether the console may stop, restart and kill actors and send them messages. */
  readonly consoleActions: boolean;
  /** Whether the load generator is started. */
  readonly load: boolean;
  /** Requests per second. */
  readonly rate: number;
  /** Duration of the load, in seconds. Default: until the demo stops. */
  readonly duration?: number;
  /** Whether the demo stops when the load has ended. */
  readonly exitAfterLoad: boolean;
  /** Share of payments that fail, 0 to 1. */
  readonly paymentFailureRate: number;
  /** Average time from an order to its delivery, in milliseconds. */
  readonly slowCourierMs: number;
  /** What goes wrong besides payments. */
  readonly scenario: DemoScenario;
  /** Seed of the random numbers. The same seed gives the same run. */
  readonly seed: number;
  /** Whether lines are human-readable instead of JSON. */
  readonly pretty: boolean;
  /** Number of processes that the shop runs in, on one NATS server. Default: one process, without a server. */
  readonly cluster?: number;
  /** Address of the NATS server. Default: one is started. */
  readonly nats?: string;
  /** Whether connections to it need no TLS, also to other machines. */
  readonly natsInsecure: boolean;
  /** Whether a process of a cluster that was killed is started again. */
  readonly restart: boolean;
  /** Name of this process in a cluster; set by the process that starts it. */
  readonly node?: string;
  /** File that also receives every line, as JSON, for a collector that reads files. */
  readonly logFile?: string;
}

/** Options of a demo in several processes. */
export type ClusterDemoOptions = DemoOptions & { readonly cluster: number };

/** Bounds of the numeric options. */
export const DemoLimits = {
  port: { min: 0, max: 65_535, integer: true },
  consolePort: { min: 0, max: 65_535, integer: true },
  cluster: { min: 1, max: 9, integer: true },
  rate: { min: 0.01, max: 2_000, integer: false },
  duration: { min: 0.1, max: 86_400, integer: false },
  paymentFailureRate: { min: 0, max: 1, integer: false },
  slowCourierMs: { min: 0, max: 60_000, integer: false },
  seed: { min: 0, max: 0xffff_ffff, integer: true },
} as const;

/** Defaults of the options. */
export const DemoDefaults = {
  port: 8080,
  host: "127.0.0.1",
  rate: 5,
  paymentFailureRate: 0.1,
  slowCourierMs: 6_000,
  scenario: "orders",
} as const;
