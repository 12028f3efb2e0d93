import { quietPanels, quietQueries } from "../../tools/grafana/board.ts";
import { readBoards } from "../../tools/grafana/read-boards.ts";
import { type DashboardJson, type PanelJson, readDashboards } from "./grafana-files.ts";
import type { Stack } from "./stack.ts";

/** A panel that asks for something. */
export interface Panel {
  readonly name: string;
  readonly json: PanelJson;
  /** Has no series as long as nothing has gone wrong. */
  readonly quiet: boolean;
  /** Those of its queries that have none, by their `refId`. */
  readonly quietQueries: readonly string[];
}

/** What one query found: series with a number, traces, spans or lines. */
export interface Found {
  readonly refId: string;
  readonly count: number;
}

/** What the dashboards' variables stand for when they are asked here. */
export interface Choice {
  readonly service: string;
  readonly traceId: string;
}

/** Every panel of the committed dashboards. */
export async function readPanels(): Promise<Panel[]> {
  const boards = new Map((await readBoards()).map(({ name, board }) => [name, board]));
  return [...readDashboards()].flatMap(([name, text]) => {
    const { uid, panels } = JSON.parse(text) as DashboardJson;
    const board = boards.get(name);
    if (board === undefined) throw new Error(`${name} belongs to no board`);
    const quiet = new Set(quietPanels(board));
    const queries = quietQueries(board);
    return panels
      .filter(({ type }) => type !== "row")
      .map((json) => ({
        name: `${uid}: ${json.title}`,
        json,
        quiet: quiet.has(json.title),
        quietQueries: queries.get(json.title) ?? [],
      }));
  });
}

/** As Grafana would ask with one service chosen, every instance and type of it, and five minutes. */
function chosen(text: string, { service, traceId }: Choice): string {
  const values: Readonly<Record<string, string>> = {
    job: service,
    instance: ".+",
    type: ".+",
    trace: traceId,
    __rate_interval: "30s",
    __interval: "5s",
    __range: "5m",
    __auto: "5s",
  };
  return text.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => values[name] ?? whole);
}

/** What each of the panel's queries finds. */
export async function askPanel(stack: Stack, panel: PanelJson, choice: Choice): Promise<Found[]> {
  const found: Found[] = [];
  for (const { datasource, expr, query, refId } of panel.targets ?? []) {
    const text = chosen(expr ?? query ?? "", choice);
    found.push({ refId, count: await ask(stack, datasource.type, text) });
  }
  return found;
}

async function ask(stack: Stack, backend: string, text: string): Promise<number> {
  switch (backend) {
    case "prometheus":
      return (await stack.prometheus.query(text)).filter(({ value }) => !Number.isNaN(value))
        .length;
    case "loki":
      return (await stack.loki.lines(text)).length;
    case "tempo":
      if (/^[0-9a-f]{32}$/.test(text)) return (await stack.tempo.trace(text)).length;
      return (await stack.tempo.search(text)).length;
    default:
      throw new Error(`nobody to ask: ${backend}`);
  }
}
