const ENCODED = /%[0-9a-f]{2}/i;
/** Clients encode, and proxies on the way may do it again. */
const MAX_DECODINGS = 3;

/** The actor id in `text`, however its slash is written: as log lines print it, or percent-encoded. */
export function readActorId(text: string): string {
  let id = text;
  // No name has a percent sign, so there is nothing that decoding could take away.
  for (let turn = 0; turn < MAX_DECODINGS && ENCODED.test(id); turn += 1) {
    const decoded = decodePercent(id);
    if (decoded === undefined) return id;
    id = decoded;
  }
  return id;
}

/** `undefined` where `text` is not encoded as it should be. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
