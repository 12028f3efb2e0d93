import type { DemoScenario } from "./scenario-names.ts";

/** How the demo runs; the command line fills it in. */
export interface DemoOptions {
  /** Port of the shop; 0 for any. */
  readonly port: number;
  /** Address the shop listens on. */
  readonly host: string;
  /** Names besides those of loopback by which the shop may be asked for, in lower case. */
  readonly allowedHost: readonly string[];
  /** Whether to open the console. */
  readonly console: boolean;
  /** Port of the console, 0 for any; the usual one, or any if that is taken, when left out. */
  readonly consolePort?: number;
  /** Whether the console may stop, restart and kill actors and send them messages. */
  readonly consoleActions: boolean;
  /** Whether to start the load generator. */
  readonly load: boolean;
  /** Requests a second. */
  readonly rate: number;
  /** How long there is load, in seconds; until the demo stops when left out. */
  readonly duration?: number;
  /** Stop when the load has. */
  readonly exitAfterLoad: boolean;
  /** Share of payments that fail. */
  readonly paymentFailureRate: number;
  /** How long a courier drives. */
  readonly slowCourierMs: number;
  /** What goes wrong besides. */
  readonly scenario: DemoScenario;
  /** The same seed gives the same luck. */
  readonly seed: number;
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
  /** File that gets every line as JSON as well, for a collector that reads files. */
  readonly logFile?: string;
}

/** What the numeric options may be. */
export const DemoLimits = {
  port: { min: 0, max: 65_535, integer: true },
  consolePort: { min: 0, max: 65_535, integer: true },
  rate: { min: 0.01, max: 2_000, integer: false },
  duration: { min: 0.1, max: 86_400, integer: false },
  paymentFailureRate: { min: 0, max: 1, integer: false },
  slowCourierMs: { min: 0, max: 60_000, integer: false },
  seed: { min: 0, max: 0xffff_ffff, integer: true },
} as const;

/** What the options are when nobody says otherwise. */
export const DemoDefaults = {
  port: 8080,
  host: "127.0.0.1",
  rate: 5,
  paymentFailureRate: 0.1,
  slowCourierMs: 400,
  scenario: "orders",
} as const;
