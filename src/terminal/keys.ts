import type { EntryLine } from "../viewer/tree.ts";
import { type KeyViewState, openKeyView, pressInKeyView } from "./key-view/key-view-state.ts";
import { type Order, SortBy, usualOrder } from "./screen/sort-by.ts";
import { Focus, Overlay, RATES_HZ, type ViewState, type Visible } from "./screen/view-state.ts";
import { NamedKey } from "./text/named-key.ts";

const SORT_KEYS: Readonly<Record<string, SortBy>> = {
  i: SortBy.Id,
  n: SortBy.Name,
  s: SortBy.State,
  m: SortBy.Mailbox,
  g: SortBy.Rate,
  r: SortBy.Restarts,
};
const LONGEST_FILTER = 128;

/** Returns the state after `key`, which is a {@link NamedKey} or a character. */
export function press(state: ViewState, key: string, visible: Visible): ViewState {
  if (state.overlay !== Overlay.None) return pressOverOverlay(state, key, visible);
  if (state.editingFilter) {
    const edited = editFilter(state, key);
    if (edited !== undefined) return edited;
  }
  if (state.keyView !== undefined) return pressOverKeys(state, state.keyView, key, visible);
  return pressCommand(state, key) ?? pressFold(state, key, visible) ?? move(state, key, visible);
}

/** Handles keys while stored keys are shown. Some do what they do over the table. */
function pressOverKeys(
  state: ViewState,
  view: KeyViewState,
  key: string,
  { keys }: Visible,
): ViewState {
  const common = view.editing ? [] : ["q", "?", "w", "x", "+", "=", "-", "_"];
  if (common.includes(key)) return pressCommand(state, key) ?? state;
  return { ...state, keyView: pressInKeyView(view, key, keys) };
}

function pressOverOverlay(state: ViewState, key: string, visible: Visible): ViewState {
  switch (key) {
    case "?":
    case "w":
    case "x":
    case "q":
    case NamedKey.Escape:
    case NamedKey.Enter:
      return { ...state, overlay: Overlay.None, paneTop: 0 };
    default:
      return scrollPane(state, key, visible);
  }
}

/** Edits the filter; `undefined` for keys that do not edit. */
function editFilter(state: ViewState, key: string): ViewState | undefined {
  const { filter } = state;
  switch (key) {
    case NamedKey.Enter:
      return { ...state, editingFilter: false };
    case NamedKey.Escape:
      return { ...state, editingFilter: false, filter: "" };
    case NamedKey.Backspace:
      return { ...state, filter: [...filter].slice(0, -1).join("") };
    case NamedKey.ClearLine:
      return { ...state, filter: "" };
    default:
      if ([...key].length > 1) return undefined;
      return { ...state, filter: filter.length < LONGEST_FILTER ? filter + key : filter };
  }
}

/** Handles keys that work at any cursor position; `undefined` for others. */
function pressCommand(state: ViewState, key: string): ViewState | undefined {
  const sortBy = SORT_KEYS[key];
  if (sortBy !== undefined) return { ...state, order: nextOrder(state.order, sortBy) };
  switch (key) {
    case "q":
      return { ...state, quitting: true };
    case NamedKey.Escape:
      return stepBack(state);
    case "?":
      return { ...state, overlay: Overlay.Help, paneTop: 0 };
    case "w":
      return { ...state, overlay: Overlay.Warnings, paneTop: 0 };
    case "x":
      return { ...state, overlay: Overlay.Cluster, paneTop: 0 };
    case "/":
      return { ...state, editingFilter: true };
    case "v":
      return { ...state, keyView: openKeyView() };
    case "+":
    case "=":
      return { ...state, rateHz: RATES_HZ.find((hz) => hz > state.rateHz) ?? state.rateHz };
    case "-":
    case "_":
      return { ...state, rateHz: RATES_HZ.findLast((hz) => hz < state.rateHz) ?? state.rateHz };
    case NamedKey.Tab:
      if (!state.inspecting) return state;
      return { ...state, focus: state.focus === Focus.Table ? Focus.Inspect : Focus.Table };
    default:
      return undefined;
  }
}

/** Closes what was opened last. If nothing is open, quits. */
function stepBack(state: ViewState): ViewState {
  if (state.inspecting) return { ...state, inspecting: false, focus: Focus.Table, paneTop: 0 };
  if (state.filter !== "") return { ...state, filter: "" };
  return { ...state, quitting: true };
}

function nextOrder(order: Order, by: SortBy): Order {
  return order.by === by ? { by, descending: !order.descending } : usualOrder(by);
}

/** Handles keys that fold and unfold; `undefined` for others. */
function pressFold(state: ViewState, key: string, visible: Visible): ViewState | undefined {
  const row = visible.rows[state.selectedAt];
  switch (key) {
    case NamedKey.Enter: {
      const selected = select(state, state.selectedAt, visible);
      return { ...selected, inspecting: !state.inspecting, focus: Focus.Table };
    }
    case " ":
      if (row === undefined || row.children === 0) return state;
      return setFold(state, row.entry.id, row.open);
    case "c":
      return { ...state, folded: new Set(parentsOf(visible)) };
    case "e":
      return { ...state, folded: new Set() };
    case "y":
      return {
        ...state,
        system: nextSystem(state.system, visible.systems),
        selectedId: undefined,
      };
    case "h":
    case NamedKey.Left:
      return state.focus === Focus.Inspect ? state : goOut(state, row, visible);
    case "l":
    case NamedKey.Right:
      return state.focus === Focus.Inspect ? state : goIn(state, row, visible);
    default:
      return undefined;
  }
}

function goOut(state: ViewState, row: EntryLine | undefined, visible: Visible): ViewState {
  if (row?.open === true) return setFold(state, row.entry.id, true);
  return selectId(state, row?.entry.row.parentId ?? undefined, visible);
}

function goIn(state: ViewState, row: EntryLine | undefined, visible: Visible): ViewState {
  if (row === undefined || row.children === 0) return state;
  if (!row.open) return setFold(state, row.entry.id, false);
  return select(state, state.selectedAt + 1, visible);
}

function* parentsOf({ rows }: Visible): Iterable<string> {
  for (const { entry, children } of rows) if (children > 0) yield entry.id;
}

function setFold(state: ViewState, id: string, fold: boolean): ViewState {
  const folded = new Set(state.folded);
  if (fold) folded.add(id);
  else folded.delete(id);
  return { ...state, folded, selectedId: id };
}

/** Cycles through all systems together, and then each system alone. */
function nextSystem(current: string | undefined, systems: readonly string[]): string | undefined {
  if (current === undefined) return systems.length > 1 ? systems[0] : undefined;
  return systems[systems.indexOf(current) + 1];
}

function move(state: ViewState, key: string, visible: Visible): ViewState {
  if (state.focus === Focus.Inspect) return scrollPane(state, key, visible);
  const at = destination(key, state.selectedAt, visible.pageRows, visible.rows.length - 1);
  if (at === undefined) return state;
  if (key === NamedKey.Home) return { ...state, selectedId: undefined, selectedAt: 0, top: 0 };
  return select(state, at, visible);
}

function scrollPane(state: ViewState, key: string, { pageRows, paneSurplus }: Visible): ViewState {
  const at = destination(key, state.paneTop, pageRows, paneSurplus);
  return at === undefined ? state : { ...state, paneTop: Math.max(0, Math.min(at, paneSurplus)) };
}

function destination(key: string, at: number, page: number, last: number): number | undefined {
  switch (key) {
    case NamedKey.Up:
    case "k":
      return at - 1;
    case NamedKey.Down:
    case "j":
      return at + 1;
    case NamedKey.PageUp:
      return at - page;
    case NamedKey.PageDown:
      return at + page;
    case NamedKey.Home:
      return 0;
    case NamedKey.End:
      return last;
    default:
      return undefined;
  }
}

function select(state: ViewState, at: number, { rows }: Visible): ViewState {
  const selectedAt = Math.max(0, Math.min(at, rows.length - 1));
  const selectedId = rows[selectedAt]?.entry.id;
  const paneTop = selectedId === state.selectedId ? state.paneTop : 0;
  return { ...state, selectedAt, selectedId, paneTop };
}

function selectId(state: ViewState, id: string | undefined, visible: Visible): ViewState {
  const at = visible.rows.findIndex(({ entry }) => entry.id === id);
  return at === -1 ? state : select(state, at, visible);
}
