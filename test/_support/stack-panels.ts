import { quietPanels, quietQueries } from "../../tools/grafana/board.ts";
import { readBoards } from "../../tools/grafana/read-boards.ts";
import {
  type DashboardJson,
  type PanelJson,
  readDashboards,
  type TargetJson,
} from "./grafana-files.ts";
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
  /** Regular expression of jobs; the service alone where there is none. */
  readonly job?: string;
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

/** As Grafana would fill it in with every instance and type of the jobs, and five minutes. */
function chosen(text: string, { service, job = service, traceId }: Choice): string {
  const values: Readonly<Record<string, string>> = {
    job,
    service,
    instance: ".+",
    type: ".+",
    trace: traceId,
    __rate_interval: "30s",
    __interval: "5s",
    __range: "5m",
  };
  return text.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => values[name] ?? whole);
}

/**
 * What each of the panel's queries finds.
 *
 * @throws Error with what a backend says to a query that it does not understand
 */
export async function askPanel(stack: Stack, panel: PanelJson, choice: Choice): Promise<Found[]> {
  const found: Found[] = [];
  for (const target of panel.targets ?? []) {
    found.push({ refId: target.refId, count: await ask(stack, target, choice) });
  }
  return found;
}

async function ask(stack: Stack, target: TargetJson, choice: Choice): Promise<number> {
  const { datasource, expr = "", maxLines } = target;
  switch (datasource.type) {
    case "prometheus": {
      const series = await stack.prometheus.query(chosen(expr, choice));
      return series.filter(({ value }) => !Number.isNaN(value)).length;
    }
    case "victoriametrics-logs-datasource": {
      const limit = maxLines === undefined ? {} : { limit: maxLines };
      return (await stack.victoriaLogs.lines(chosen(expr, choice), limit)).length;
    }
    case "jaeger":
      return askJaeger(stack, target, choice);
    default:
      throw new Error(`no backend is ${datasource.type}`);
  }
}

async function askJaeger(stack: Stack, target: TargetJson, choice: Choice): Promise<number> {
  const { queryType, query = "", service = "", tags, operation, limit } = target;
  if (queryType !== "search") return (await stack.jaeger.trace(chosen(query, choice))).length;
  const found = await stack.jaeger.search({
    service: chosen(service, choice),
    ...(tags === undefined ? {} : { tags: readTags(chosen(tags, choice)) }),
    ...(operation === undefined ? {} : { operation: chosen(operation, choice) }),
    ...(limit === undefined ? {} : { limit }),
  });
  return found.length;
}

/** Tags in logfmt, without spaces in their values, as Jaeger takes them. */
function readTags(logfmt: string): Record<string, string> {
  const pairs = logfmt.split(" ").map((pair) => pair.split("="));
  return Object.fromEntries(pairs.map(([key = "", value = ""]) => [key, value]));
}
