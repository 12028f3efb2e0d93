import type { KeyedTypeRow, KeyListRow } from "../../wire/keys.ts";
import { type KeyLook, type KeyWish, MAX_KEYS } from "../connection/key-looks.ts";
import { NamedKey } from "../text/named-key.ts";

const PAGE = 100;
const LONGEST_PREFIX = 200;
const STATES = [undefined, "awake", "asleep"] as const;

/** What the user has selected among the stored keys. */
export interface KeyViewState {
  /** `undefined` for the first type. */
  readonly type: string | undefined;
  readonly prefix: string;
  /** Whether typed characters edit the prefix. */
  readonly editing: boolean;
  readonly state: KeyWish["state"];
  /** Position of the cursor. */
  readonly at: number;
  /** The first visible line. */
  readonly top: number;
  /** Id of the inspected key. */
  readonly openId: string | undefined;
  /** The first visible line of the inspect pane. */
  readonly paneTop: number;
}

/** The parts of the screen that keys depend on. */
export interface KeyViewVisible {
  readonly look: KeyLook | undefined;
  /** Number of lines of the list that fit on the screen. */
  readonly pageRows: number;
  /** Number of lines by which the inspect pane exceeds its height. */
  readonly paneSurplus: number;
}

/** Returns the state of a view that has just been opened. */
export function openKeyView(type?: string, prefix = ""): KeyViewState {
  return {
    type,
    prefix,
    editing: false,
    state: undefined,
    at: 0,
    top: 0,
    openId: undefined,
    paneTop: 0,
  };
}

/** Returns what has to be read for a view of `system`, or of all systems. */
export function wishOf(view: KeyViewState, system: string | undefined): KeyWish {
  const { type, prefix, state, at, openId } = view;
  const pages = Math.ceil((at + PAGE) / PAGE);
  return { system, type, prefix, state, limit: Math.min(MAX_KEYS, pages * PAGE), openId };
}

/** Returns the view after `key`; `undefined` when it is closed. */
export function pressInKeyView(
  view: KeyViewState,
  key: string,
  visible: KeyViewVisible,
): KeyViewState | undefined {
  if (view.editing) {
    const edited = editPrefix(view, key);
    if (edited !== undefined) return edited;
  }
  const types = visible.look?.types ?? [];
  switch (key) {
    case "v":
      return undefined;
    case NamedKey.Escape:
      if (view.openId !== undefined) return { ...view, openId: undefined, paneTop: 0 };
      return view.prefix === "" ? undefined : { ...view, prefix: "", at: 0 };
    case "/":
      return { ...view, editing: true };
    case "a":
      return { ...view, state: after(STATES, view.state), at: 0 };
    case NamedKey.Tab:
    case NamedKey.Right:
    case "l":
      return otherType(view, types, visible.look?.type, 1);
    case NamedKey.Left:
    case "h":
      return otherType(view, types, visible.look?.type, -1);
    case NamedKey.Enter: {
      const id = keysOf(visible)[view.at]?.id;
      return { ...view, openId: id === view.openId ? undefined : id, paneTop: 0 };
    }
    default:
      return move(view, key, visible);
  }
}

/** Keeps the cursor on an existing line and scrolls it into view. */
export function settleKeyView(view: KeyViewState, visible: KeyViewVisible): KeyViewState {
  const { look, pageRows, paneSurplus } = visible;
  if (look === undefined) return view;
  const last = Math.max(0, look.list.keys.length - 1);
  const at = Math.min(view.at, last);
  const page = Math.max(1, pageRows);
  const top = Math.max(Math.min(view.top, at), at - page + 1);
  return { ...view, at, top, paneTop: Math.max(0, Math.min(view.paneTop, paneSurplus)) };
}

function keysOf({ look }: KeyViewVisible): readonly KeyListRow[] {
  return look?.list.keys ?? [];
}

/** Edits the prefix; `undefined` for keys that do not edit. */
function editPrefix(view: KeyViewState, key: string): KeyViewState | undefined {
  const { prefix } = view;
  switch (key) {
    case NamedKey.Enter:
      return { ...view, editing: false };
    case NamedKey.Escape:
      return { ...view, editing: false, prefix: "", at: 0 };
    case NamedKey.Backspace:
      return { ...view, prefix: [...prefix].slice(0, -1).join(""), at: 0 };
    case NamedKey.ClearLine:
      return { ...view, prefix: "", at: 0 };
    default:
      if ([...key].length > 1) return undefined;
      return prefix.length < LONGEST_PREFIX ? { ...view, prefix: prefix + key, at: 0 } : view;
  }
}

function otherType(
  view: KeyViewState,
  types: readonly KeyedTypeRow[],
  shown: string | undefined,
  step: 1 | -1,
): KeyViewState {
  const names = [...new Set(types.map(({ type }) => type))];
  const at = names.indexOf(shown ?? "");
  const type = names.at((at + step) % names.length);
  if (type === undefined) return view;
  return { ...openKeyView(type), state: view.state };
}

function after<Value>(values: readonly Value[], value: Value): Value | undefined {
  return values[(values.indexOf(value) + 1) % values.length];
}

/** Moves the cursor, and the inspect pane with it. */
function move(view: KeyViewState, key: string, visible: KeyViewVisible): KeyViewState {
  const last = keysOf(visible).length - 1;
  const page = Math.max(1, visible.pageRows);
  switch (key) {
    case NamedKey.Up:
    case "k":
      return moveTo(view, view.at - 1, visible);
    case NamedKey.Down:
    case "j":
      return moveTo(view, view.at + 1, visible);
    case NamedKey.PageUp:
      return view.openId === undefined
        ? moveTo(view, view.at - page, visible)
        : scroll(view, -page);
    case NamedKey.PageDown:
      return view.openId === undefined ? moveTo(view, view.at + page, visible) : scroll(view, page);
    case NamedKey.Home:
      return moveTo(view, 0, visible);
    case NamedKey.End:
      return moveTo(view, last, visible);
    default:
      return view;
  }
}

function moveTo(view: KeyViewState, to: number, visible: KeyViewVisible): KeyViewState {
  const keys = keysOf(visible);
  const at = Math.max(0, Math.min(to, keys.length - 1));
  if (view.openId === undefined || at === view.at) return { ...view, at };
  return { ...view, at, openId: keys[at]?.id, paneTop: 0 };
}

function scroll(view: KeyViewState, lines: number): KeyViewState {
  return { ...view, paneTop: Math.max(0, view.paneTop + lines) };
}
