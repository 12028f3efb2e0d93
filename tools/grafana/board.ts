import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  type RowPanel,
  type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Cell } from "./panels.ts";
import { datasourceVariables, targetVariables } from "./variables.ts";

/** A heading and the panels below it, in lines of equal height. */
export interface Row {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** Panels beside each other; their widths add up to 24. */
export interface Line {
  readonly height: number;
  readonly cells: readonly Cell[];
}

/** A dashboard: each file in `boards/` exports one as `board`. */
export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** In addition to those for data sources, job and instance. */
  readonly variables: readonly VariableModel[];
  /** Ordered from the summary to the causes. */
  readonly rows: readonly Row[];
}

/** Dashboards with this tag link to each other. */
const TAG = "limelight";
const GRID_WIDTH = 24;

/** Small panels with one number each. */
export function numbers(...cells: Cell[]): Line {
  return { height: 4, cells };
}

/** Panels of the default height. */
export function line(...cells: Cell[]): Line {
  return { height: 8, cells };
}

/** Tall panels for text, such as log lines and traces. */
export function tall(...cells: Cell[]): Line {
  return { height: 14, cells };
}

/** The dashboard as Grafana's classic JSON. */
export function render(board: Board): Dashboard {
  const builder = new DashboardBuilder(`limelight / ${board.title}`)
    .uid(board.uid)
    .description(board.description)
    .tags([TAG])
    .timezone("browser")
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-30m", to: "now" })
    .refresh("10s")
    .link(
      new DashboardLinkBuilder("limelight")
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .icon("external link")
        .tooltip("Other dashboards, with the same selection and time range")
        .includeVars(true)
        .keepTime(true),
    );
  const list = [...datasourceVariables(), ...targetVariables(), ...board.variables];
  return { ...builder.build(), templating: { list }, panels: arrange(board) };
}

/** Assigns ids and positions to panels. The SDK assigns none, or overlapping ones. */
function arrange({ uid, rows }: Board): (Panel | RowPanel)[] {
  const panels: (Panel | RowPanel)[] = [];
  let y = 0;
  const place = (panel: Panel | RowPanel, x: number, w: number, h: number): void => {
    panels.push({ ...panel, id: panels.length + 1, gridPos: { x, y, w, h } });
  };
  for (const { title, lines } of rows) {
    place({ type: "row", title, collapsed: false, id: 0, panels: [] }, 0, GRID_WIDTH, 1);
    y += 1;
    for (const { height, cells } of lines) {
      let x = 0;
      for (const { panel, width } of cells) {
        place(panel, x, width, height);
        x += width;
      }
      if (x !== GRID_WIDTH) throw new Error(`${uid}: a line of "${title}" is ${x} wide, not 24`);
      y += height;
    }
  }
  return panels;
}

/** Titles of the panels that have no series as long as nothing goes wrong. */
export function quietPanels({ rows }: Board): string[] {
  return cellsOf(rows)
    .filter(({ quiet }) => quiet)
    .map(({ panel }) => panel.title ?? "");
}

/** Queries without series, as long as nothing goes wrong, in panels that otherwise have some: `refId`s by panel title. */
export function quietQueries({ rows }: Board): ReadonlyMap<string, readonly string[]> {
  return new Map(cellsOf(rows).map((cell) => [cell.panel.title ?? "", cell.quietQueries]));
}

function cellsOf(rows: readonly Row[]): Cell[] {
  return rows.flatMap(({ lines }) => lines.flatMap((each) => each.cells));
}
