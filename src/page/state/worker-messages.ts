import type { ConsoleView, ViewQuery } from "../../viewer/console-view.ts";
import type { Frame } from "../../wire/answers.ts";

/** How the page stands to the process it shows. */
export const Connection = {
  Connecting: "connecting",
  Live: "live",
  /** It was there, and is being tried again. */
  Lost: "lost",
  /** The process does not know this page any more. */
  Refused: "refused",
  /** Nobody has looked at the page for long. */
  Asleep: "asleep",
  /** A file is shown. */
  File: "file",
} as const;
export type Connection = (typeof Connection)[keyof typeof Connection];

/** What the page tells its worker. */
export type ToWorker =
  | { readonly kind: "query"; readonly query: ViewQuery }
  /** The last view has been drawn: there may be another. */
  | { readonly kind: "drawn" }
  | { readonly kind: "connect" | "sleep" }
  | { readonly kind: "load"; readonly frame: Frame }
  | { readonly kind: "export"; readonly query: ViewQuery };

/** What the worker tells the page. */
export type FromWorker =
  | { readonly kind: "view"; readonly view: ConsoleView }
  | { readonly kind: "connection"; readonly connection: Connection }
  | { readonly kind: "exported"; readonly frame: Frame };
