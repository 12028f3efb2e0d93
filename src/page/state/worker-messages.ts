import type { ConsoleView, ViewQuery } from "../../viewer/console-view.ts";
import type { Frame } from "../../wire/answers.ts";

/** Connection between the page and the process. */
export const Connection = {
  Connecting: "connecting",
  Live: "live",
  /** The connection was lost and is retried. */
  Lost: "lost",
  /** The process no longer accepts the page's cookie. */
  Refused: "refused",
  /** The page has been hidden for long. */
  Asleep: "asleep",
  /** A file is shown. */
  File: "file",
} as const;
export type Connection = (typeof Connection)[keyof typeof Connection];

/** Messages from the page to its worker. */
export type ToWorker =
  | { readonly kind: "query"; readonly query: ViewQuery }
  /** The last view has been drawn, so the next one may be sent. */
  | { readonly kind: "drawn" }
  | { readonly kind: "connect" | "sleep" }
  | { readonly kind: "load"; readonly frame: Frame }
  | { readonly kind: "export"; readonly query: ViewQuery };

/** Messages from the worker to the page. */
export type FromWorker =
  | { readonly kind: "view"; readonly view: ConsoleView }
  | { readonly kind: "connection"; readonly connection: Connection }
  | { readonly kind: "exported"; readonly frame: Frame };
