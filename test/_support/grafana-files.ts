import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const ROOT = join(import.meta.dirname, "../../grafana");

/** What tests read of a dashboard's JSON. */
export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly editable: boolean;
  readonly schemaVersion: number;
  readonly tags: readonly string[];
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly links: readonly Readonly<Record<string, unknown>>[];
  readonly panels: readonly PanelJson[];
}

export interface VariableJson {
  readonly type: string;
  readonly name: string;
  readonly label?: string;
  readonly query?: string;
  readonly refresh?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly current?: { readonly value: string };
  readonly datasource?: DatasourceJson;
}

export interface DatasourceJson {
  readonly type: string;
  readonly uid: string;
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource?: DatasourceJson;
  readonly targets?: readonly TargetJson[];
  readonly fieldConfig?: { readonly defaults: Readonly<Record<string, unknown>> };
  readonly options?: {
    readonly legend?: { readonly showLegend?: boolean; readonly show?: boolean };
  };
}

export interface TargetJson {
  readonly refId: string;
  readonly datasource: DatasourceJson;
  /** PromQL or LogsQL. */
  readonly expr?: string;
  readonly legendFormat?: string;
  /** Of Jaeger `search`, or undefined for one trace; of VictoriaLogs `instant`. */
  readonly queryType?: string;
  /** A trace's id. */
  readonly query?: string;
  /** Of a search: what spans must be or have. */
  readonly service?: string;
  readonly operation?: string;
  /** As logfmt. */
  readonly tags?: string;
  readonly minDuration?: string;
  readonly maxDuration?: string;
  readonly limit?: number;
  /** Most lines of a log query. */
  readonly maxLines?: number;
}

/** A data source as it is provisioned. */
export interface ProvisionedDatasource extends DatasourceJson {
  readonly name: string;
  readonly url: string;
  readonly jsonData: Readonly<Record<string, unknown>>;
}

/** The committed dashboards, by the name of their file. */
export function readDashboards(): ReadonlyMap<string, string> {
  const files = globSync("dashboards/*.json", { cwd: ROOT }).sort();
  return new Map(
    files.map((file) => [
      file.replace(/^dashboards\//, ""),
      readFileSync(join(ROOT, file), "utf8"),
    ]),
  );
}

/** Data sources that Grafana is provisioned with. */
export function readDatasources(): readonly ProvisionedDatasource[] {
  const file = join(ROOT, "provisioning/datasources/datasources.yaml");
  return parse(readFileSync(file, "utf8")).datasources;
}
