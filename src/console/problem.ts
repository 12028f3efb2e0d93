import type { Problem } from "../wire/answers.ts";

/** What a request is refused for, and the status it is answered with; each has a row in `docs/console.md`. */
export const ProblemCode = {
  ActionFailed: "ERR_CONSOLE_ACTION_FAILED",
  ActionsOff: "ERR_CONSOLE_ACTIONS_OFF",
  BadRequest: "ERR_CONSOLE_BAD_REQUEST",
  BodyTooLarge: "ERR_CONSOLE_BODY_TOO_LARGE",
  CrossSite: "ERR_CONSOLE_CROSS_SITE",
  ForeignHost: "ERR_CONSOLE_FOREIGN_HOST",
  Internal: "ERR_CONSOLE_INTERNAL",
  MediaType: "ERR_CONSOLE_MEDIA_TYPE",
  Method: "ERR_CONSOLE_METHOD",
  NoPage: "ERR_CONSOLE_NO_PAGE",
  NotFound: "ERR_CONSOLE_NOT_FOUND",
  Token: "ERR_CONSOLE_TOKEN",
  TooManyViewers: "ERR_CONSOLE_TOO_MANY_VIEWERS",
} as const;
export type ProblemCode = (typeof ProblemCode)[keyof typeof ProblemCode];

const STATUS: Readonly<Record<ProblemCode, number>> = {
  [ProblemCode.ActionFailed]: 409,
  [ProblemCode.ActionsOff]: 403,
  [ProblemCode.BadRequest]: 400,
  [ProblemCode.BodyTooLarge]: 413,
  [ProblemCode.CrossSite]: 403,
  [ProblemCode.ForeignHost]: 403,
  [ProblemCode.Internal]: 500,
  [ProblemCode.MediaType]: 415,
  [ProblemCode.Method]: 405,
  [ProblemCode.NoPage]: 503,
  [ProblemCode.NotFound]: 404,
  [ProblemCode.Token]: 401,
  [ProblemCode.TooManyViewers]: 503,
};

/** The status a request is answered with that is refused for `code`. */
export function statusOf(code: ProblemCode): number {
  return STATUS[code];
}

/** A request that is not answered with what it asked for, thrown from wherever that shows. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.headers = headers;
  }

  get status(): number {
    return statusOf(this.code);
  }

  get problem(): Problem {
    return { error: { code: this.code, message: this.message } };
  }
}
