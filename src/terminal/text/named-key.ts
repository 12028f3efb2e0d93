/** Keys that are not characters. Every other key is represented by the character it types. */
export const NamedKey = {
  Up: "up",
  Down: "down",
  Left: "left",
  Right: "right",
  PageUp: "page up",
  PageDown: "page down",
  Home: "home",
  End: "end",
  Enter: "enter",
  Escape: "escape",
  Tab: "tab",
  Backspace: "backspace",
  ClearLine: "clear line",
} as const;
export type NamedKey = (typeof NamedKey)[keyof typeof NamedKey];
