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
    pages: [["guide", "Guide"]],
  },
  {
    title: "Operation",
    pages: [
      ["preload", "The preload"],
      ["console", "The console"],
      ["console-terminal", "limelight top"],
      ["monitoring", "Monitoring"],
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
      ["contributing/performance", "Performance"],
    ],
  },
];
