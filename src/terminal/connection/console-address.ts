import { TopError, TopErrorCode } from "./top-error.ts";

/** Where a console is, and what opens it. */
export interface ConsoleAddress {
  /** Ends in a slash; without the token. */
  readonly base: URL;
  /** Empty where none is known. */
  readonly token: string;
}

/**
 * Reads the address as the console prints it, `http://127.0.0.1:9465/?token=…`; `127.0.0.1:9465` will do.
 *
 * @param tokens one that counts more than the one in `text`, and one for a `text` without
 * @throws {@link TopError} `ERR_INVALID_URL` when it is none, or one of another kind
 */
export function parseAddress(
  text: string,
  tokens: { readonly given?: string | undefined; readonly usual?: string | undefined } = {},
): ConsoleAddress {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const known = url !== null && (url.protocol === "http:" || url.protocol === "https:");
  if (!known || url.hostname === "") {
    throw new TopError(`${JSON.stringify(withoutQuery(text))} is no address of a console`, {
      code: TopErrorCode.InvalidUrl,
    });
  }
  const path = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
  return {
    base: new URL(path, url.origin),
    token: tokens.given ?? url.searchParams.get("token") ?? tokens.usual ?? "",
  };
}

/** Tokens do not belong into messages. */
function withoutQuery(text: string): string {
  return text.replace(/[?#].*$/su, "");
}
