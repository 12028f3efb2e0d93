import { ProblemTable, type Refusal } from "../http/refusal.ts";
import type { Problem } from "../wire/answers.ts";

/**
 * Reasons for refusing a request. Each has a row in `docs/console.md`.
 *
 * @enum
 */
export const ProblemCode = {
  ActionFailed: "ERR_CONSOLE_ACTION_FAILED",
  ActionsOff: "ERR_CONSOLE_ACTIONS_OFF",
  BadRequest: "ERR_CONSOLE_BAD_REQUEST",
  BodyTooLarge: "ERR_CONSOLE_BODY_TOO_LARGE",
  CrossSite: "ERR_CONSOLE_CROSS_SITE",
  ForeignHost: "ERR_CONSOLE_FOREIGN_HOST",
  HeadersTooLarge: "ERR_CONSOLE_HEADERS_TOO_LARGE",
  Internal: "ERR_CONSOLE_INTERNAL",
  MediaType: "ERR_CONSOLE_MEDIA_TYPE",
  Method: "ERR_CONSOLE_METHOD",
  NoMcp: "ERR_CONSOLE_NO_MCP",
  NoPage: "ERR_CONSOLE_NO_PAGE",
  NotFound: "ERR_CONSOLE_NOT_FOUND",
  Store: "ERR_CONSOLE_STORE",
  Timeout: "ERR_CONSOLE_TIMEOUT",
  Token: "ERR_CONSOLE_TOKEN",
  TooManyViewers: "ERR_CONSOLE_TOO_MANY_VIEWERS",
} as const;
export type ProblemCode = (typeof ProblemCode)[keyof typeof ProblemCode];

/** The problems of every server, and the console's own. */
export const CONSOLE_PROBLEMS: ProblemTable<"ERR_CONSOLE_", ProblemCode> = new ProblemTable(
  "ERR_CONSOLE_",
  {
    [ProblemCode.ActionFailed]: 409,
    [ProblemCode.ActionsOff]: 403,
    [ProblemCode.NoMcp]: 501,
    [ProblemCode.NoPage]: 503,
    [ProblemCode.Store]: 503,
    [ProblemCode.TooManyViewers]: 503,
  },
);

/** Returns the HTTP status of a refusal with `code`. */
export function statusOf(code: ProblemCode): number {
  return CONSOLE_PROBLEMS.statusOf(code);
}

/** Returns the JSON body of a refusal. */
export function problemOf(refusal: Refusal): Problem {
  const { code, message } = CONSOLE_PROBLEMS.describe(refusal);
  return { error: { code, message } };
}
