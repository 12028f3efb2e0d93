import type { ComponentChildren, JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { LineWindow } from "../../viewer/console-view.ts";
import { activateGrid } from "./grid-keys.ts";
import { Icon } from "./icon.tsx";

/** A column of a {@link Grid}. */
export interface Column<Row> {
  readonly key: string;
  readonly head: string;
  /** CSS width. Columns without it share the remaining width. */
  readonly width?: string;
  readonly right?: boolean;
  readonly sortable?: boolean;
  readonly title?: string;
  readonly cell: (row: Row) => ComponentChildren;
}

/** Properties of a row apart from its cells. */
export interface RowLook {
  readonly className?: string;
  /** 0 at the top of a tree. */
  readonly level?: number;
  /** `undefined` when there is nothing to unfold. */
  readonly open?: boolean | undefined;
  readonly selected?: boolean;
}

interface GridProps<Row> {
  readonly role: "grid" | "treegrid";
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** The visible rows from `from` on, with some before and after. */
  readonly rows: readonly Row[];
  readonly from: number;
  readonly total: number;
  readonly rowHeight: number;
  readonly rowId: (row: Row) => string;
  readonly rowLook?: (row: Row) => RowLook;
  readonly cursor: string;
  readonly onCursor: (id: string) => void;
  readonly onOpen: (id: string) => void;
  readonly onToggle?: (id: string, open: boolean) => void;
  readonly onWindow: (window: LineWindow) => void;
  readonly sort?: { readonly key: string; readonly descending: boolean };
  readonly onSort?: (key: string) => void;
  /** Whether it stays scrolled to its end. */
  readonly follow?: boolean;
  readonly onFollow?: (follow: boolean) => void;
}

/** Rows requested beyond the visible ones, so that scrolling does not wait for the engine. */
const OVERSCAN = 10;
const HEAD_HEIGHT = 30;

/**
 * A table of any length that only renders the visible rows. The table as a whole has the focus; its cursor is
 * the row that keys act on.
 */
export function Grid<Row>(props: GridProps<Row>): JSX.Element {
  const { role, label, columns, rows, from, total, rowHeight, cursor } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const table = useRef<HTMLTableElement>(null);
  const latest = useRef(props);
  latest.current = props;
  useGridWindow(scroller, latest);
  useGridFollow(scroller, props);
  const keys = useGridKeys(scroller, table, latest);
  const roles = {
    role,
    tabIndex: 0,
    "aria-label": label,
    "aria-rowcount": total + 1,
    "aria-activedescendant": cursor === "" ? undefined : domId(cursor),
  };
  return (
    <div class="grid-scroller" ref={scroller}>
      <table ref={table} class="grid" {...roles} {...keys}>
        <GridHead {...props} />
        <Space lines={from} rowHeight={rowHeight} />
        <tbody>
          {rows.map((row, at) => (
            <GridRow
              key={props.rowId(row)}
              row={row}
              index={from + at}
              columns={columns}
              grid={props}
            />
          ))}
        </tbody>
        <Space lines={total - from - rows.length} rowHeight={rowHeight} />
      </table>
    </div>
  );
}

interface SpaceProps {
  readonly lines: number;
  readonly rowHeight: number;
}

/** Takes the space of rows that are not rendered. */
function Space({ lines, rowHeight }: SpaceProps): JSX.Element {
  return (
    <tbody class="grid-space" aria-hidden="true">
      <tr style={{ height: `${Math.max(0, lines) * rowHeight}px` }} />
    </tbody>
  );
}

function GridHead<Row>({ columns, sort, onSort }: GridProps<Row>): JSX.Element {
  return (
    <thead>
      <tr>
        {columns.map(({ key, head, width, right, sortable, title }) => {
          const sorted = sort?.key === key;
          const direction = sort?.descending === true ? "descending" : "ascending";
          return (
            <th
              key={key}
              scope="col"
              class={right === true ? `right cell-${key}` : `cell-${key}`}
              title={title}
              style={width === undefined ? undefined : { width }}
              aria-sort={sorted ? direction : undefined}
            >
              {sortable === true && onSort !== undefined ? (
                <button type="button" onClick={() => onSort(key)}>
                  {head}
                  {sorted ? <Icon name={direction} /> : null}
                </button>
              ) : (
                head
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

interface GridRowProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  readonly grid: GridProps<Row>;
}

function GridRow<Row>({ row, index, columns, grid }: GridRowProps<Row>): JSX.Element {
  const id = grid.rowId(row);
  const { className = "", level, open, selected = false } = grid.rowLook?.(row) ?? {};
  const marks = `${className}${id === grid.cursor ? " cursor" : ""}${selected ? " selected" : ""}`;
  return (
    <tr
      id={domId(id)}
      class={marks}
      data-row={id}
      aria-rowindex={index + 2}
      aria-level={level === undefined ? undefined : level + 1}
      aria-expanded={open}
      aria-selected={selected}
      style={{ height: `${grid.rowHeight}px` }}
    >
      {columns.map(({ key, right, cell }) => (
        <td key={key} class={right === true ? `right cell-${key}` : `cell-${key}`}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** Returns a DOM id without spaces for any row id. */
function domId(id: string): string {
  return `row-${encodeURIComponent(id)}`;
}

/** Reports the visible rows whenever they change. */
function useGridWindow<Row>(
  scroller: RefObject<HTMLDivElement | null>,
  latest: { readonly current: GridProps<Row> },
): void {
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let asked = { from: -1, count: -1 };
    const look = (): void => {
      const { rowHeight, onWindow } = latest.current;
      const first = Math.floor(element.scrollTop / rowHeight) - OVERSCAN;
      const from = Math.max(0, first - (first % 8));
      const count = Math.ceil(element.clientHeight / rowHeight) + 2 * OVERSCAN + 8;
      if (from === asked.from && count === asked.count) return;
      asked = { from, count };
      onWindow(asked);
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, [scroller, latest]);
}

/**
 * Keeps the grid scrolled to its end while `follow` is set, and reports when the user scrolls away from it or
 * back.
 */
function useGridFollow<Row>(
  scroller: RefObject<HTMLDivElement | null>,
  props: GridProps<Row>,
): void {
  const { follow, onFollow, total } = props;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element !== null && follow === true && total >= 0) element.scrollTop = element.scrollHeight;
  }, [scroller, follow, total]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null || onFollow === undefined) return;
    // Only react to user input, because new rows move the end as well.
    const look = ({ deltaY }: WheelEvent): void => {
      const left = element.scrollHeight - element.scrollTop - element.clientHeight;
      onFollow(deltaY > 0 && left < deltaY + 40);
    };
    element.addEventListener("wheel", look, { passive: true });
    return () => element.removeEventListener("wheel", look);
  }, [scroller, onFollow]);
}

interface GridMover {
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onClick: (event: MouseEvent) => void;
}

function useGridKeys<Row>(
  scroller: RefObject<HTMLDivElement | null>,
  table: RefObject<HTMLTableElement | null>,
  latest: { readonly current: GridProps<Row> },
): GridMover {
  /** Position of the cursor once its row is loaded. */
  const pending = useRef(-1);
  const { from, rows } = latest.current;
  useEffect(() => {
    const row = rows[pending.current - from];
    if (pending.current === -1 || row === undefined) return;
    pending.current = -1;
    latest.current.onCursor(latest.current.rowId(row));
  }, [from, rows, latest]);
  const act = (key: string): boolean => actOnKey(key, scroller.current, latest.current, pending);
  useLayoutEffect(() => activateGrid({ act, focus: () => table.current?.focus() }));
  return {
    onKeyDown: (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !act(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    onClick: (event) => clickRow(event, latest.current),
  };
}

function clickRow<Row>({ target }: MouseEvent, grid: GridProps<Row>): void {
  if (!(target instanceof Element)) return;
  const id = target.closest("[data-row]")?.getAttribute("data-row");
  if (id === null || id === undefined) return;
  // Buttons within a row have their own action.
  const control = target.closest("button");
  if (control !== null && control.dataset["toggle"] === undefined) return;
  grid.onCursor(id);
  const row = grid.rows.find((candidate) => grid.rowId(candidate) === id);
  const open = row === undefined ? undefined : grid.rowLook?.(row).open;
  if (control !== null && open !== undefined) grid.onToggle?.(id, !open);
  else grid.onOpen(id);
}

/** Performs the action of a key. Returns `false` if the key has none here. */
function actOnKey<Row>(
  key: string,
  element: HTMLDivElement | null,
  grid: GridProps<Row>,
  pending: { current: number },
): boolean {
  const at = grid.rows.findIndex((row) => grid.rowId(row) === grid.cursor);
  const row = grid.rows[at];
  if (row !== undefined && actOnRow(key, row, grid)) return true;
  if (element === null) return false;
  const visible = Math.floor((element.clientHeight - HEAD_HEIGHT) / grid.rowHeight);
  const first = Math.ceil(element.scrollTop / grid.rowHeight);
  const target = targetOf(key, at === -1 ? -1 : grid.from + at, first, visible, grid.total);
  if (target === undefined) return false;
  if (target < 0) return true;
  showLine(element, target, grid.rowHeight);
  const there = grid.rows[target - grid.from];
  if (there === undefined) pending.current = target;
  else grid.onCursor(grid.rowId(there));
  return true;
}

function actOnRow<Row>(key: string, row: Row, grid: GridProps<Row>): boolean {
  const id = grid.rowId(row);
  const open = grid.rowLook?.(row).open;
  switch (key) {
    case "Enter":
      grid.onOpen(id);
      return true;
    case "ArrowRight":
    case "ArrowLeft":
    case " ":
      if (open === undefined || grid.onToggle === undefined) return false;
      grid.onToggle(id, key === " " ? !open : key === "ArrowRight");
      return true;
    default:
      return false;
  }
}

/**
 * Returns the row that a key moves to; `undefined` when it does not move. `cursor` is -1 without a cursor.
 */
function targetOf(
  key: string,
  cursor: number,
  first: number,
  visible: number,
  total: number,
): number | undefined {
  const clamp = (index: number): number => Math.max(total > 0 ? 0 : -1, Math.min(total - 1, index));
  const from = cursor === -1 ? first - 1 : cursor;
  switch (key) {
    case "j":
    case "ArrowDown":
      return clamp(from + 1);
    case "k":
    case "ArrowUp":
      return clamp(cursor === -1 ? first : cursor - 1);
    case "PageDown":
      return clamp(from + visible);
    case "PageUp":
      return clamp(from - visible);
    case "Home":
      return clamp(0);
    case "End":
      return clamp(total - 1);
    default:
      return undefined;
  }
}

function showLine(element: HTMLDivElement, index: number, rowHeight: number): void {
  const top = index * rowHeight;
  const bottom = top + rowHeight + HEAD_HEIGHT;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (bottom > element.scrollTop + element.clientHeight) {
    element.scrollTop = bottom - element.clientHeight;
  }
}
