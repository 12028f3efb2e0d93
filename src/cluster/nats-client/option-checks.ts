import { ErrorCode, UsageError } from "../../base/errors.ts";
import { optionKeys, requireKnownKeys } from "../../base/options.ts";
import type { NatsTls } from "./nats-options.ts";

/** Returns the error for an option of `nats`. `message` must not repeat what may be a secret. */
export function invalid(message: string): UsageError {
  return new UsageError(message, { code: ErrorCode.InvalidOption });
}

/**
 * Checks an optional text, such as a password.
 *
 * @throws UsageError `ERR_INVALID_OPTION` if it is empty or no text; its message does not repeat it
 */
export function requireText(option: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value !== "")) return;
  throw invalid(`\`${option}\` must be a text that is not empty`);
}

const TLS_KEYS = optionKeys<NatsTls>({
  caFile: true,
  ca: true,
  certFile: true,
  cert: true,
  keyFile: true,
  key: true,
  handshakeFirst: true,
});

/**
 * Checks the option `tls`: what is not known is refused, so that nothing turns the check of certificates off.
 *
 * @throws UsageError `ERR_INVALID_OPTION`
 */
export function requireTls(tls: NatsTls | undefined): void {
  if (tls === undefined) return;
  requireKnownKeys("`tls`", tls, TLS_KEYS);
  const { handshakeFirst, ...texts } = tls;
  for (const [option, value] of Object.entries(texts)) requireText(`tls.${option}`, value);
  if (handshakeFirst === undefined || typeof handshakeFirst === "boolean") return;
  throw invalid("`tls.handshakeFirst` must be true or false");
}

/**
 * Returns addresses of the servers' monitoring without a slash at their ends.
 *
 * @throws UsageError `ERR_INVALID_OPTION`; its message does not repeat an address, which may contain a password
 */
export function readMonitorUrls(urls: unknown): readonly string[] {
  if (Array.isArray(urls)) return urls.map(monitorUrl);
  throw invalid("`monitorUrls` must be an array of addresses such as http://127.0.0.1:8222");
}

function monitorUrl(text: unknown): string {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === undefined || !isHttp || url.username !== "" || url.password !== "") {
    throw invalid(
      "`monitorUrls` must be addresses such as http://127.0.0.1:8222, without a password",
    );
  }
  return url.href.replace(/\/$/, "");
}
