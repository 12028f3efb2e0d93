import type { EntryLine } from "../../viewer/tree.ts";
import {
  type KeyViewState,
  type KeyViewVisible,
  openKeyView,
  settleKeyView,
} from "../key-view/key-view-state.ts";
import { SortBy, usualOrder } from "./sort-by.ts";
import type { TableView } from "./table-rows.ts";

/** Frame rates that can be selected, in hertz. */
export const RATES_HZ: readonly number[] = [0.25, 0.5, 1, 2, 4];
const USUAL_RATE_HZ = 2;

/** What is shown over the table. */
export const Overlay = {
  None: "none",
  Help: "help",
  Warnings: "warnings",
  Cluster: "cluster",
} as const;
export type Overlay = (typeof Overlay)[keyof typeof Overlay];

/** What the arrow keys move. */
export const Focus = { Table: "table", Inspect: "inspect" } as const;
export type Focus = (typeof Focus)[keyof typeof Focus];

/** What the user has selected. */
export interface ViewState extends TableView {
  /** Whether typed characters edit the filter. */
  readonly editingFilter: boolean;
  /** The actor that the cursor follows; `undefined` while the cursor stays on the first line. */
  readonly selectedId: string | undefined;
  /** Position of the cursor. */
  readonly selectedAt: number;
  /** The first visible line. */
  readonly top: number;
  readonly inspecting: boolean;
  readonly focus: Focus;
  /** The first visible line of the inspect pane or overlay. */
  readonly paneTop: number;
  readonly overlay: Overlay;
  readonly rateHz: number;
  /** The view of stored keys; `undefined` while actors are shown. */
  readonly keyView: KeyViewState | undefined;
  readonly quitting: boolean;
}

export interface ViewOptions {
  readonly sort: SortBy | undefined;
  readonly filter: string;
  readonly system: string | undefined;
  /** The type whose stored keys are shown instead of actors. `filter` is then the beginning of the keys. */
  readonly keysOf?: string | undefined;
}

export function openView({ sort, filter, system, keysOf }: ViewOptions): ViewState {
  return {
    order: usualOrder(sort ?? SortBy.Id),
    filter: keysOf === undefined ? filter : "",
    editingFilter: false,
    system,
    folded: new Set(),
    selectedId: undefined,
    selectedAt: 0,
    top: 0,
    inspecting: false,
    focus: Focus.Table,
    paneTop: 0,
    overlay: Overlay.None,
    rateHz: USUAL_RATE_HZ,
    keyView: keysOf === undefined ? undefined : openKeyView(keysOf, filter),
    quitting: false,
  };
}

/** The parts of the screen that keys depend on. */
export interface Visible {
  readonly rows: readonly EntryLine[];
  /** Number of table lines that fit on the screen. */
  readonly pageRows: number;
  /** Number of lines by which the inspect pane or overlay exceeds its height. */
  readonly paneSurplus: number;
  readonly systems: readonly string[];
  /** What is shown of stored keys. */
  readonly keys: KeyViewVisible;
}

/** Moves the cursor to an existing line and scrolls it into view. Called after each frame, key and resize. */
export function settle(state: ViewState, visible: Visible): ViewState {
  const { rows, pageRows, paneSurplus, keys } = visible;
  const keyView = state.keyView === undefined ? undefined : settleKeyView(state.keyView, keys);
  const last = Math.max(0, rows.length - 1);
  const found =
    state.selectedId === undefined
      ? 0
      : rows.findIndex(({ entry }) => entry.id === state.selectedId);
  const selectedAt = found === -1 ? Math.min(state.selectedAt, last) : found;
  // If the actor was removed, the cursor stays in place and follows the actor that is there now.
  const selectedId = found === -1 ? rows[selectedAt]?.entry.id : state.selectedId;
  const page = Math.max(1, pageRows);
  const lowest = Math.min(selectedAt, Math.max(0, rows.length - page));
  const top = Math.max(Math.min(state.top, lowest), selectedAt - page + 1);
  const paneTop = Math.max(0, Math.min(state.paneTop, paneSurplus));
  return { ...state, selectedAt, selectedId, top, paneTop, keyView };
}
