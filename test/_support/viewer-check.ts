import { join } from "node:path";
import type { Page } from "playwright-core";
import { quietPanels } from "../../tools/grafana/board.ts";
import { readBoards } from "../../tools/grafana/read-boards.ts";
import type { BackendUrls } from "../../tools/viewer/backends.ts";
import {
  chooseTrace,
  openBrowser,
  openDashboard,
  readPanels,
  type SeenPanel,
} from "../../tools/viewer/browser.ts";
import { serveDashboards } from "../../tools/viewer/serve-dashboards.ts";

const folder = join(import.meta.dirname, "../../grafana/dashboards");

/** What is looked at, and how. */
export interface ViewerCheck extends BackendUrls {
  /** How often Prometheus gets new points, in seconds. */
  readonly everyS: number;
  /** How far back, as in `5m`. */
  readonly range: string;
  /** Part of the name of a request that has been sent within that time. */
  readonly request: string;
}

/**
 * Shows every committed dashboard with the numbers of a stack that runs, in Chromium, and says what is wrong: panels
 * with an error, panels without data that are not quiet while all is well, and a chosen request whose spans or log
 * lines do not appear. Empty when nothing is.
 */
export async function viewerProblems(check: ViewerCheck): Promise<string[]> {
  const { everyS, range, request, prometheusUrl, jaegerUrl, victoriaLogsUrl } = check;
  const urls = { prometheusUrl, jaegerUrl, victoriaLogsUrl };
  await using viewer = await serveDashboards({ port: 0, folder, everyS, ...urls });
  const browser = await openBrowser();
  const problems: string[] = [];
  try {
    const page = await browser.newPage({ viewport: { width: 1_400, height: 1_000 } });
    for (const { name, board } of await readBoards()) {
      await openDashboard(page, `${viewer.url}/d/${board.uid}?from=now-${range}&to=now`);
      const found = wrongPanels(await readPanels(page), quietPanels(board));
      problems.push(...found.map((problem) => `${name}: ${problem}`));
    }
    await openDashboard(page, `${viewer.url}/d/limelight-requests?from=now-${range}&to=now`);
    problems.push(...(await requestProblems(page, request)));
  } finally {
    await browser.close();
  }
  return problems;
}

function wrongPanels(panels: readonly SeenPanel[], quiet: readonly string[]): string[] {
  return panels.flatMap(({ title, state, problem }) => {
    if (state === "data" || (state === "empty" && quiet.includes(title))) return [];
    return `${title}: ${state === "error" ? problem : "no data"}`;
  });
}

async function requestProblems(page: Page, request: string): Promise<string[]> {
  await chooseTrace(page, request);
  const ofTrace = (await readPanels(page)).filter(({ title }) => title.includes("$trace"));
  return wrongPanels(ofTrace, []);
}
