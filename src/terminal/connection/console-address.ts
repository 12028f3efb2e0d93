import { TopError, TopErrorCode } from "./top-error.ts";

/** Address and token of a console. */
export interface ConsoleAddress {
  /** Ends in a slash and does not contain the token. */
  readonly base: URL;
  /** Empty when no token is known. */
  readonly token: string;
}

/**
 * Parses an address as the console prints it, `http://127.0.0.1:9465/?token=…`. `127.0.0.1:9465` is accepted
 * too.
 *
 * @param tokens one that takes precedence over the token in `text`, and one for a `text` without token
 * @throws {@link TopError} `ERR_INVALID_URL` when it is not an HTTP address
 */
export function parseAddress(
  text: string,
  tokens: { readonly given?: string | undefined; readonly usual?: string | undefined } = {},
): ConsoleAddress {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const known = url !== null && (url.protocol === "http:" || url.protocol === "https:");
  if (!known || url.hostname === "") {
    throw new TopError(`${JSON.stringify(withoutQuery(text))} is not the address of a console`, {
      code: TopErrorCode.InvalidUrl,
    });
  }
  const path = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
  return {
    base: new URL(path, url.origin),
    token: tokens.given ?? url.searchParams.get("token") ?? tokens.usual ?? "",
  };
}

/** Removes the query, because messages must not contain the token. */
function withoutQuery(text: string): string {
  return text.replace(/[?#].*$/su, "");
}
