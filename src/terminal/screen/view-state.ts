import type { EntryLine } from "../../viewer/tree.ts";
import { SortBy, usualOrder } from "./sort-by.ts";
import type { TableView } from "./table-rows.ts";

/** Frames a second that may be asked for. */
export const RATES_HZ: readonly number[] = [0.25, 0.5, 1, 2, 4];
const USUAL_RATE_HZ = 2;

/** What covers the table. */
export const Overlay = { None: "none", Help: "help", Warnings: "warnings" } as const;
export type Overlay = (typeof Overlay)[keyof typeof Overlay];

/** What the arrows move. */
export const Focus = { Table: "table", Inspect: "inspect" } as const;
export type Focus = (typeof Focus)[keyof typeof Focus];

/** What a user has chosen to see. */
export interface ViewState extends TableView {
  /** Whether what is typed goes into the filter. */
  readonly editingFilter: boolean;
  /** The actor the cursor follows; `undefined` while it rests on the first line, whoever that is. */
  readonly selectedId: string | undefined;
  /** The line the cursor is on. */
  readonly selectedAt: number;
  /** The first line that is shown. */
  readonly top: number;
  readonly inspecting: boolean;
  readonly focus: Focus;
  /** The first line of the inspect pane, or of an overlay, that is shown. */
  readonly paneTop: number;
  readonly overlay: Overlay;
  readonly rateHz: number;
  readonly quitting: boolean;
}

export interface ViewOptions {
  readonly sort: SortBy | undefined;
  readonly filter: string;
  readonly system: string | undefined;
}

export function openView({ sort, filter, system }: ViewOptions): ViewState {
  return {
    order: usualOrder(sort ?? SortBy.Id),
    filter,
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
    quitting: false,
  };
}

/** What of the screen keys act on. */
export interface Visible {
  readonly rows: readonly EntryLine[];
  /** Lines of the table that fit on the screen. */
  readonly pageRows: number;
  /** Lines that the inspect pane or overlay cannot show at once. */
  readonly paneSurplus: number;
  readonly systems: readonly string[];
}

/** The cursor back on a line that is there, and that line on the screen; after each frame, key and resize. */
export function settle(state: ViewState, { rows, pageRows, paneSurplus }: Visible): ViewState {
  const last = Math.max(0, rows.length - 1);
  const found =
    state.selectedId === undefined
      ? 0
      : rows.findIndex(({ entry }) => entry.id === state.selectedId);
  const selectedAt = found === -1 ? Math.min(state.selectedAt, last) : found;
  // Where the actor is gone the cursor stays, and follows whoever is there now.
  const selectedId = found === -1 ? rows[selectedAt]?.entry.id : state.selectedId;
  const page = Math.max(1, pageRows);
  const lowest = Math.min(selectedAt, Math.max(0, rows.length - page));
  const top = Math.max(Math.min(state.top, lowest), selectedAt - page + 1);
  const paneTop = Math.max(0, Math.min(state.paneTop, paneSurplus));
  return { ...state, selectedAt, selectedId, top, paneTop };
}
