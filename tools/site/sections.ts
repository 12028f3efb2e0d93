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
      ["telemetry", "Metrics, spans and log fields"],
      ["errors", "Error codes"],
    ],
  },
  {
    title: "For contributors",
    pages: [
      ["architecture", "Architecture"],
      ["actor-life", "The life of an actor"],
      ["performance", "Performance"],
    ],
  },
];
