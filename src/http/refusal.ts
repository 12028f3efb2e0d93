/** Codes with which every guarded server may refuse a request. */
export const HttpCode = {
  BadRequest: "BAD_REQUEST",
  BodyTooLarge: "BODY_TOO_LARGE",
  CrossSite: "CROSS_SITE",
  ForeignHost: "FOREIGN_HOST",
  HeadersTooLarge: "HEADERS_TOO_LARGE",
  Internal: "INTERNAL",
  MediaType: "MEDIA_TYPE",
  Method: "METHOD",
  NotFound: "NOT_FOUND",
  Timeout: "TIMEOUT",
  Token: "TOKEN",
} as const;
export type HttpCode = (typeof HttpCode)[keyof typeof HttpCode];

const HTTP_STATUS: Readonly<Record<HttpCode, number>> = {
  [HttpCode.BadRequest]: 400,
  [HttpCode.BodyTooLarge]: 413,
  [HttpCode.CrossSite]: 403,
  [HttpCode.ForeignHost]: 403,
  [HttpCode.HeadersTooLarge]: 431,
  [HttpCode.Internal]: 500,
  [HttpCode.MediaType]: 415,
  [HttpCode.Method]: 405,
  [HttpCode.NotFound]: 404,
  [HttpCode.Timeout]: 408,
  [HttpCode.Token]: 401,
};

/** Options of a {@link Refusal} besides its code and message. */
export interface RefusalOptions extends ErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown, from any depth, to refuse a request. */
export class Refusal<Code extends string = string> extends Error {
  override readonly name = "Refusal";
  /** One of {@link HttpCode}, or one of the server's own. */
  readonly code: Code;
  readonly headers: Readonly<Record<string, string>>;

  /** @param message sent to the client: what is wrong, without anything a client must not read */
  constructor(code: Code, message: string, { headers = {}, ...options }: RefusalOptions = {}) {
    super(message, options);
    this.code = code;
    this.headers = headers;
  }
}

/** A refusal in the form in which it is sent. */
export interface ProblemAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** The codes of one server and the status of each: the common ones under a prefix, and its own. */
export class ProblemTable<Prefix extends string, Own extends string = never> {
  readonly #prefix: Prefix;
  readonly #statuses: ReadonlyMap<string, number>;

  /** @param own complete codes, with their statuses */
  constructor(prefix: Prefix, own: Readonly<Record<Own, number>>) {
    this.#prefix = prefix;
    const common = Object.entries(HTTP_STATUS).map(([code, status]) => [
      `${prefix}${code}`,
      status,
    ]);
    this.#statuses = new Map([...common, ...Object.entries(own)] as [string, number][]);
  }

  statusOf(code: `${Prefix}${HttpCode}` | Own): number {
    return this.#statuses.get(code) ?? HTTP_STATUS[HttpCode.Internal];
  }

  /** Returns `refusal` with this server's code and status. */
  describe({ code, message }: Refusal): ProblemAnswer {
    const full = Object.hasOwn(HTTP_STATUS, code) ? `${this.#prefix}${code}` : code;
    const status = this.#statuses.get(full) ?? HTTP_STATUS[HttpCode.Internal];
    return { status, code: full, message };
  }
}
