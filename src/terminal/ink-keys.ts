import type { Key } from "ink";
import { NamedKey } from "./text/named-key.ts";

const CONTROL = /\p{Cc}/u;

/**
 * Returns the session's names of the pressed keys. Fast typing and pasting deliver several characters at
 * once.
 */
export function keysOf(input: string, key: Key): readonly string[] {
  const named = namedKey(input, key);
  if (named !== undefined) return [named];
  if (key.ctrl || key.meta) return [];
  return [...input].flatMap((character) => {
    if (character === "\r" || character === "\n") return [NamedKey.Enter];
    return CONTROL.test(character) ? [] : [character];
  });
}

function namedKey(input: string, key: Key): NamedKey | undefined {
  if (key.upArrow) return NamedKey.Up;
  if (key.downArrow) return NamedKey.Down;
  if (key.leftArrow) return NamedKey.Left;
  if (key.rightArrow) return NamedKey.Right;
  if (key.pageUp) return NamedKey.PageUp;
  if (key.pageDown) return NamedKey.PageDown;
  if (key.home) return NamedKey.Home;
  if (key.end) return NamedKey.End;
  if (key.return) return NamedKey.Enter;
  if (key.escape) return NamedKey.Escape;
  if (key.tab) return NamedKey.Tab;
  if (key.backspace || key.delete) return NamedKey.Backspace;
  if (key.ctrl && input === "u") return NamedKey.ClearLine;
  return undefined;
}
