/** A page of the site: its path below `docs`, without `.md`, and what the sidebar calls it. */
export type Page = readonly [path: string, title: string];

/** A section of the sidebar. */
export interface Section {
  readonly title: string;
  readonly pages: readonly Page[];
}

/** All pages of the site, in order; a test compares them with the files below `docs`. */
export const SECTIONS: readonly Section[] = [
  {
    title: "Guide",
    pages: [
      ["guide/getting-started", "Getting started"],
      ["guide/messages", "Messages"],
      ["guide/failures", "Failures"],
      ["guide/streams-and-pools", "Tasks, streams and pools"],
      ["guide/shutdown", "Shutdown"],
      ["guide/testing", "Testing"],
    ],
  },
  {
    title: "Keyed actors",
    pages: [
      ["keyed/keyed-actors", "Keyed actors"],
      ["keyed/examples", "Examples"],
      ["keyed/state-and-storage", "State and storage"],
      ["keyed/schedules-and-queues", "Schedules and queues"],
      ["keyed/sql", "SQL"],
      ["keyed/why-is-it-awake", "Why is it awake?"],
    ],
  },
  {
    title: "Clusters",
    pages: [["cluster", "Clusters"]],
  },
  {
    title: "From outside",
    pages: [["gateway", "The gateway"]],
  },
  {
    title: "Recipes",
    pages: [
      ["recipes/node-http", "node:http"],
      ["recipes/express", "Express"],
      ["recipes/fastify", "Fastify"],
      ["recipes/hono", "Hono"],
      ["recipes/nest", "Nest"],
      ["recipes/own-sdk", "Your own SDK"],
      ["recipes/workers", "Worker threads and child processes"],
      ["recipes/bundlers", "Bundlers"],
      ["recipes/request-ids", "Request ids and Sentry"],
      ["recipes/own-logger", "Your own logger"],
      ["recipes/health-probes", "Health probes"],
      ["recipes/containers", "Docker and Kubernetes"],
    ],
  },
  {
    title: "Operation",
    pages: [
      ["preload", "The preload"],
      ["console", "The console"],
      ["console-terminal", "limelight top"],
      ["monitoring", "Monitoring"],
      ["health", "Health"],
      ["supervision", "Supervision"],
      ["stack", "The bundled stack"],
      ["operations", "Dashboards and alerts"],
    ],
  },
  {
    title: "Reference",
    pages: [
      ["errors", "Error codes"],
      ["telemetry", "Metrics, spans and log fields"],
      ["symptoms", "Symptoms"],
    ],
  },
  {
    title: "Background",
    pages: [
      ["comparison", "Comparison and migration"],
      ["faq", "Questions and answers"],
    ],
  },
  {
    title: "For contributors",
    pages: [
      ["contributing/architecture", "Architecture"],
      ["contributing/actor-life", "The life of an actor"],
      ["contributing/keyed-actors", "Keyed actors"],
      ["contributing/cluster", "Cluster"],
      ["contributing/performance", "Performance"],
    ],
  },
];
