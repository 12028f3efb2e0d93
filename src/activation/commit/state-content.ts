/**
 * What a JSON text says, in a form that a value is compared with several times faster than its text is made. Keys are
 * in the order of the text; those of an array are absent.
 */
export type Content = string | number | boolean | null | Compound;

interface Compound {
  readonly keys: readonly string[] | undefined;
  readonly values: readonly Content[];
}

/** Returns the content of a JSON text. */
export function contentOf(text: string): Content {
  return compound(JSON.parse(text));
}

function compound(parsed: unknown): Content {
  if (typeof parsed !== "object" || parsed === null) return parsed as Content; // by JSON.parse
  const keys = Array.isArray(parsed) ? undefined : Object.keys(parsed);
  return { keys, values: Object.values(parsed).map(compound) };
}

/**
 * Whether the JSON text of `value` says the same, in the same order. Also `false` for whatever is no plain object, array
 * or primitive: only its text can tell.
 */
export function hasContent(value: unknown, content: Content): boolean {
  if (typeof content !== "object" || content === null) return value === content;
  if (typeof value !== "object" || value === null) return false;
  const { keys, values } = content;
  return keys === undefined ? hasElements(value, values) : hasProperties(value, keys, values);
}

function hasElements(value: object, elements: readonly Content[]): boolean {
  if (!Array.isArray(value) || Object.getPrototypeOf(value) !== Array.prototype) return false;
  if (value.length !== elements.length) return false;
  return elements.every((element, at) => hasContent(value[at], element));
}

function hasProperties(
  value: object,
  keys: readonly string[],
  values: readonly Content[],
): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  let at = 0;
  for (const key in value) {
    const property = (value as Readonly<Record<string, unknown>>)[key];
    if (property === undefined) continue; // left out in JSON
    if (key !== keys[at] || !hasContent(property, values[at] as Content)) return false;
    at += 1;
  }
  return at === keys.length;
}
