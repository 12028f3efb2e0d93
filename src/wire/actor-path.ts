/*
 * Keys in the paths of a gateway: each part percent-encoded, joined by `,`, as in `/actors/room/lobby,de/ask/say`.
 * A comma in a part is `%2C`. A comma at the end is ignored, so that the keys `.` and `..`, which are dot segments
 * for parsers of URLs even when encoded, can be written as `.,` and `..,`. It is also added after an empty last part,
 * which no key has: `a,` is the key `a`.
 */

/**
 * Returns the path segment of a key.
 *
 * @throws URIError if a part has half a surrogate pair, which has no encoding
 */
export function encodeKeySegment(key: readonly string[]): string {
  const segment = key.map(encodeURIComponent).join(",");
  const isOdd = segment === "." || segment === ".." || key.at(-1) === "";
  return isOdd ? `${segment},` : segment;
}

/** Returns the parts of a key from its path segment, or `undefined` if the segment is not that of a key. */
export function decodeKeySegment(segment: string): readonly string[] | undefined {
  const parts = segment.split(",");
  if (parts.length > 1 && parts.at(-1) === "") parts.pop();
  if (parts.includes("")) return undefined;
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
