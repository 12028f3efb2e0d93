import { type KeyLook, MAX_KEYS, readKeys } from "./connection/key-looks.ts";
import { TopError, TopErrorCode } from "./connection/top-error.ts";
import { keyLines, typesLine } from "./key-view/key-list-lines.ts";
import { openKeyView } from "./key-view/key-view-state.ts";
import type { OnceOptions } from "./print-once.ts";
import { displayWidth, safeText } from "./text/display-text.ts";
import { textOf } from "./text/styled-line.ts";

/** Cells of the columns beside the key, and of the cursor. */
const OTHER_CELLS = 52;
const MIN_KEY_CELLS = 20;

/** Options of a list of stored keys. `filter` is the beginning of the keys. */
export interface KeysOnceOptions extends OnceOptions {
  /** The type whose keys are listed. */
  readonly keysOf: string;
}

/**
 * Returns the types of keyed actors and the first keys of one of them as one line of JSON. `cursor` is `null` if these
 * are all keys.
 *
 * @throws {@link TopError} when the console cannot be read, or has no such type
 */
export async function keysAsJson(options: KeysOnceOptions): Promise<string> {
  const { types, list } = await look(options);
  return `${JSON.stringify({ types, ...list })}\n`;
}

/**
 * Returns the first keys of a type as plain text without colours and in full width.
 *
 * @throws {@link TopError} when the console cannot be read, or has no such type
 */
export async function keysAsTable(options: KeysOnceOptions): Promise<string> {
  const { filter, keysOf, glyphs, clock } = options;
  const found = await look(options);
  const { keys } = found.list;
  const view = { ...openKeyView(keysOf, filter), at: -1 };
  const parts = { view, look: found, problem: undefined, nowAtMs: clock.epochMs(), glyphs };
  const widths = keys.map(({ id, type }) => displayWidth(safeText(id.slice(type.length + 1))));
  const width = OTHER_CELLS + widths.reduce((most, cells) => Math.max(most, cells), MIN_KEY_CELLS);
  const table = keyLines(parts, width, keys.length + 2);
  const lines = [typesLine(found.types, undefined), [], ...table];
  return `${lines.map((each) => textOf(each).trimEnd()).join("\n")}\n`;
}

async function look({ client, system, filter, keysOf }: KeysOnceOptions): Promise<KeyLook> {
  const wish = { system, type: keysOf, prefix: filter, limit: MAX_KEYS };
  const found = await readKeys(client, { ...wish, state: undefined, openId: undefined });
  const known = found.types.map(({ type }) => type);
  if (known.includes(keysOf)) return found;
  const others = known.length === 0 ? "and no other one" : `but ${known.join(", ")}`;
  throw new TopError(`there is no type ${JSON.stringify(keysOf)} of keyed actors, ${others}`, {
    code: TopErrorCode.UnknownType,
  });
}
