import type { JSX } from "preact";

/** Path data in a 16 × 16 view box. */
const PATHS = {
  actors:
    "M8 2.5v3M8 5.5 4 8.5M8 5.5l4 3M2.5 8.5h3v3h-3zM10.5 8.5h3v3h-3zM6.5 1.5h3v2h-3zM4 11.5v2M12 11.5v2",
  traces: "M2 4h7M5 8h9M7 12h5",
  logs: "M2.5 3.5h11M2.5 6.5h8M2.5 9.5h11M2.5 12.5h6",
  waits: "M3 5h8a2.5 2.5 0 0 1 0 5H5M7 7.5 4.5 10 7 12.5M5 3 3 5l2 2",
  map: "M2.5 6h3v4h-3zM10.5 2.5h3v4h-3zM10.5 9.5h3v4h-3zM5.5 8h2.5M8 4.5h2.5M8 11.5h2.5M8 4.5v7",
  metrics: "M2.5 13.5v-11M2.5 13.5h11M5 10.5l2.5-3 2 1.5L13 4.5",
  warnings: "M8 2.5 14 13H2zM8 6.5v3M8 11.2v.3",
  system: "M3.5 3.5h9v6h-9zM6 12.5h4M8 9.5v3",
  cluster: "M6 2.5h4v3.5H6zM1.5 10h4v3.5h-4zM10.5 10h4v3.5h-4zM8 6v2M3.5 10V8h9v2",
  keys: "M5.2 10.8a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM7.9 8.1h6M11.4 8.1v2.4M13.4 8.1v1.7",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3.5 12 8l-7 4.5z",
  close: "M4 4l8 8M12 4l-8 8",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5l3 3",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M12.6 3.4l-1.1 1.1M4.5 11.5l-1.1 1.1",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z",
  auto: "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM8 2.5v11M8 5.5h3.8M8 8h5M8 10.5h3.8",
  help: "M5.8 6a2.2 2.2 0 1 1 3 2c-.6.3-.8.7-.8 1.5M8 12v.2",
  save: "M8 2.5v7M5 7l3 3 3-3M3 13.5h10",
  open: "M8 10V3M5 5.5l3-3 3 3M3 13.5h10",
  copy: "M5.5 5.5h7v8h-7zM3.5 10.5v-8h7",
  external: "M9 3h4v4M13 3 7.5 8.5M11 9.5V13H3V5h3.5",
  right: "M6 4l4 4-4 4",
  down: "M4 6l4 4 4-4",
  ascending: "M8 12.5v-9M5 6.5l3-3 3 3",
  descending: "M8 3.5v9M5 9.5l3 3 3-3",
  unfold: "M5 6l3-3 3 3M5 10l3 3 3-3",
  fold: "M5 3l3 3 3-3M5 13l3-3 3 3",
  follow: "M8 2.5v8M4.5 7.5 8 11l3.5-3.5M3.5 13.5h9",
  deadlock:
    "M6.5 9.5 9.5 6.5M7 4.6l1.6-1.6a3 3 0 0 1 4.4 4.4L11.4 9M9 11.4l-1.6 1.6A3 3 0 0 1 3 8.6L4.6 7",
  stuck: "M4.5 2.5h7M4.5 13.5h7M5.5 2.5c0 3 5 4 5 8v3M10.5 2.5c0 3-5 4-5 8v3",
  failed: "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM6 6l4 4M10 6l-4 4",
  restarting: "M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3",
  waiting: "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM8 5v3.2l2 1.3",
  starting: "M8 13.5v-8M4.5 9 8 5.5 11.5 9M4 2.5h8",
  stopping: "M8 2.5v8M4.5 7 8 10.5 11.5 7M4 13.5h8",
  busy: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 2v1.5M8 12.5V14M2 8h1.5M12.5 8H14",
  idle: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  stopped: "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM5.5 8h5",
  good: "M3.5 8.5l3 3 6-7",
  alert: "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM8 5v4M8 10.8v.2",
  file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon beside a text. Screen readers skip it. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg
      class="icon"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
