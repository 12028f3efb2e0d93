/*
 * Who may import whom in `src`: the tables that `test/architecture.test.ts` checks.
 */

/** Entries that the demo and the command line may use. */
const ENTRIES = ["index.ts", "console.ts", "telemetry.ts", "testing.ts", "preload.ts"];
/** Folder → what its files may import besides their own folder. A name with a dot is that one file. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  http: ["base", "telemetry/context/api.ts"],
  telemetry: ["base"],
  wire: ["telemetry/attributes.ts"],
  supervision: ["base"],
  store: ["base", "telemetry"],
  actor: ["base", "telemetry", "supervision"],
  activation: ["base", "telemetry", "supervision", "store", "actor"],
  monitor: ["base", "telemetry", "wire", "supervision", "actor", "activation"],
  cluster: ["base", "telemetry", "supervision", "wire", "store", "actor", "activation", "monitor"],
  system: ["base", "wire", "telemetry", "store", "actor", "activation", "monitor", "cluster"],
  testing: ["base", "telemetry", "actor"],
  client: ["wire", "actor/definition", "activation/definition"],
  react: ["wire", "client"],
  viewer: ["wire"],
  page: ["wire", "viewer"],
  terminal: ["base", "wire", "viewer"],
  console: ["base", "http", "telemetry", "wire", "monitor"],
  health: ["base", "http", "telemetry", "monitor"],
  gateway: [
    "base",
    "http",
    "telemetry",
    "wire",
    "health",
    "monitor",
    "activation/definition",
    "activation/access",
    "actor/definition/messages.ts",
  ],
  preload: ["base", "http", "telemetry", "console.ts"],
  demo: [...ENTRIES, "client.ts", "cluster.ts", "gateway.ts", "store.ts"],
  cli: [
    ...ENTRIES,
    "demo",
    "base/node/node-version.ts",
    "cluster/nats-doctor/examine-nats.ts",
    "store/sqlite/back-up.ts",
    "store/sqlite/restore.ts",
    "terminal/top.ts",
    "terminal/screen/sort-by.ts",
  ],
};

/**
 * Packages that have their place. The first prefix that fits counts; others may be used anywhere. The demo
 * is a user of the package, and uses what users do.
 */
export const OWNERS: readonly (readonly [prefix: string, folders: readonly string[]])[] = [
  [
    "@opentelemetry/api",
    [
      "http",
      "telemetry",
      "store",
      "actor",
      "activation",
      "monitor",
      "cluster",
      "console",
      "gateway",
      "testing",
      "preload",
      "demo",
    ],
  ],
  ["@opentelemetry/sdk-metrics", ["preload", "testing"]],
  ["@opentelemetry/sdk-trace", ["preload", "testing"]],
  ["@opentelemetry/resources", ["preload", "testing"]],
  ["@opentelemetry/context-async-hooks", ["preload", "testing"]],
  ["@opentelemetry/", ["preload"]],
  ["pino-pretty", ["demo"]],
  ["pino", ["telemetry", "demo"]],
  ["commander", ["cli"]],
  ["ink", ["terminal"]],
  ["react", ["terminal", "react"]],
  ["preact", ["page"]],
  ["uplot", ["page"]],
  ["@modelcontextprotocol/", ["console"]],
  ["zod", []],
  ["node:sqlite", ["store", "activation"]],
  ["croner", ["activation"]],
  ["ws", ["gateway"]],
  ["@nats-io/", ["cluster"]],
];
/** Folders that may name a package's types although its code has another place. */
export const TYPES_OF: Readonly<Record<string, readonly string[]>> = {
  pino: ["actor", "activation", "gateway", "health", "testing"],
};

/**
 * Folders that have outgrown one level, and their rooms, lowest first. A room takes values from the rooms
 * before it only; in `actor`, types too. Files beside the rooms come last, except for those in {@link GROUND}.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  base: ["node", "async"],
  telemetry: ["context", "logs", "spans", "traces", "metrics"],
  store: ["contract", "memory", "sqlite", "counting", "startup"],
  actor: [
    "definition",
    "mailbox",
    "delivery",
    "lifecycle",
    "dispatch",
    "work",
    "pool",
    "cell",
    "system",
    "topic",
  ],
  activation: [
    "definition",
    "records",
    "commit",
    "awake",
    "schedule",
    "queue",
    "sql",
    "database",
    "connection",
    "placement",
    "activation",
    "residence",
    "hosting",
    "access",
  ],
  cluster: [
    "engine",
    "protocol",
    "codec",
    "decisions",
    "telemetry",
    "embedded",
    "sim",
    "nats-client",
    "nats-store",
    "nats",
    "nats-doctor",
    "runner",
    "coordinator",
    "calls",
    "streams",
    "routing",
    "door",
    "links",
    "requests",
    "views",
    "node",
  ],
  viewer: ["traces", "history", "map", "cluster"],
  page: ["state", "parts", "drawer", "map", "cluster", "tabs"],
  terminal: ["text", "connection", "key-view", "screen"],
  console: ["record", "events", "api"],
  gateway: ["expose", "trace", "call", "raw", "http", "events", "socket"],
  monitor: ["waits", "rows", "warnings", "keys", "cluster"],
  preload: ["config", "otlp", "prometheus", "spans", "logs", "process", "api", "instrumentation"],
  demo: ["actors", "load", "cluster"],
};
/** Files beside the rooms of a folder that its rooms may use. */
export const GROUND: readonly string[] = [
  "base/clock.ts",
  "base/errors.ts",
  "base/foreign-value.ts",
  "base/node-timers.ts",
  "console/problem.ts",
  "telemetry/attributes.ts",
  "telemetry/catalogue.ts",
  "telemetry/cluster-attributes.ts",
  "telemetry/cluster-catalogue.ts",
  "telemetry/gateway-attributes.ts",
  "telemetry/metric.ts",
  "telemetry/outside-metrics.ts",
  "telemetry/process-taps.ts",
  "telemetry/queue-outcome.ts",
  "telemetry/version.ts",
  "viewer/format.ts",
  "monitor/thresholds.ts",
  "preload/application.ts",
  "preload/packages.ts",
  "preload/deadline.ts",
  "demo/demo-error.ts",
  "demo/demo-logger.ts",
  "demo/luck.ts",
];
/** Files that read the clock and set timers: Node's, and those of the platform that the client runs on. */
export const CLOCKS: readonly string[] = ["base/node-timers.ts", "client/platform.ts"];
/** Files of `actor` whose types every room may name: the functions of all rooms work on them. */
export const SHARED_TYPES: readonly string[] = [
  "actor/cell/cell.ts",
  "actor/system/system-runtime.ts",
];
export const MAX_FILES = 20;
export const MAX_LINES = 400;
