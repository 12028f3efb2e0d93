import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DashboardJson } from "./model/dashboard-json.ts";
import { ViewerError, ViewerErrorCode } from "./viewer-error.ts";

/**
 * Returns the dashboards in `folder`, by name. They are read again for each page, so that newly generated
 * ones are shown.
 *
 * @throws {@link ViewerError} `ERR_VIEWER_DASHBOARDS` when there are none or one is not valid JSON
 */
export function readDashboards(folder: string): DashboardJson[] {
  const files = globSync("*.json", { cwd: folder }).sort();
  if (files.length === 0) {
    throw new ViewerError(ViewerErrorCode.Dashboards, `there are no dashboards in ${folder}`);
  }
  return files.map((file) => {
    try {
      return JSON.parse(readFileSync(join(folder, file), "utf8")) as DashboardJson;
    } catch (error) {
      const message = `${file} is no dashboard`;
      throw new ViewerError(ViewerErrorCode.Dashboards, message, { cause: error });
    }
  });
}
