const ENCODED = /%[0-9a-f]{2}/i;
/** Clients encode the id, and proxies may encode it again. */
const MAX_DECODINGS = 3;

/** Returns the actor id in `text`. Its slash may be written plainly, as in log lines, or percent-encoded. */
export function readActorId(text: string): string {
  let id = text;
  // Ids contain no percent sign, so decoding cannot change one that is already decoded.
  for (let turn = 0; turn < MAX_DECODINGS && ENCODED.test(id); turn += 1) {
    const decoded = decodePercent(id);
    if (decoded === undefined) return id;
    id = decoded;
  }
  return id;
}

/** Returns the decoded text, or `undefined` if the encoding is invalid. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
