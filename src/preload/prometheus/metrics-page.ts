import type { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import type {
  DataPoint,
  MetricData,
  ResourceMetrics,
  ScopeMetrics,
} from "@opentelemetry/sdk-metrics";
import { SCOPE_NAME } from "../../telemetry/catalogue.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { Family, FamilyType, familyType } from "./prometheus-family.ts";
import { prometheusName } from "./prometheus-name.ts";

/**
 * The metrics of this process in Prometheus' text format.
 *
 * The page is valid whatever an application reports, and always contains limelight's own series. A series
 * that cannot be written is left out with a warning; OpenTelemetry's serializer would then write no page at
 * all.
 */
export class MetricsPage {
  /** Content type of the text format. Prometheus 3 rejects a page without a version. */
  static readonly contentType: string = "text/plain; version=0.0.4; charset=utf-8";
  readonly #reader: PrometheusExporter;
  readonly #diagnostics: Diagnostics;
  #pending: Promise<string> | undefined;

  constructor(reader: PrometheusExporter, diagnostics: Diagnostics) {
    this.#reader = reader;
    this.#diagnostics = diagnostics;
  }

  /** Collects and renders the page. Concurrent scrapes share one rendering. */
  render(): Promise<string> {
    this.#pending ??= this.#render().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #render(): Promise<string> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    for (const error of errors) this.#diagnostics.error("a metric could not be collected", error);
    const page = new Page(this.#diagnostics);
    page.addResource(resourceMetrics);
    for (const scope of ownFirst(resourceMetrics.scopeMetrics)) page.addScope(scope);
    return page.toString();
  }
}

/** Orders the scopes so that limelight's metric gets the name when two metrics claim it. */
function ownFirst(scopes: readonly ScopeMetrics[]): ScopeMetrics[] {
  const isOwn = ({ scope }: ScopeMetrics): boolean => scope.name.split("/")[0] === SCOPE_NAME;
  return [...scopes.filter(isOwn), ...scopes.filter((scope) => !isOwn(scope))];
}

interface ScopeLabels extends Readonly<Record<string, string>> {
  readonly otel_scope_name: string;
}

/** A page while it is being rendered. */
class Page {
  readonly #diagnostics: Diagnostics;
  readonly #families = new Map<string, Family>();
  /** The family that owns each line name. */
  readonly #owners = new Map<string, Family>();

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  addResource({ resource }: ResourceMetrics): void {
    const family = this.#family("target_info", FamilyType.Gauge, "Target metadata");
    const { attributes } = resource;
    family?.add({ attributes, value: 1, startTime: [0, 0], endTime: [0, 0] }, {});
  }

  addScope({ scope, metrics }: ScopeMetrics): void {
    const { name, version, schemaUrl } = scope;
    const labels = {
      otel_scope_name: name,
      ...(schemaUrl ? { otel_scope_schema_url: schemaUrl } : {}),
      ...(version ? { otel_scope_version: version } : {}),
    };
    for (const metric of metrics) this.#addMetric(metric, labels);
  }

  toString(): string {
    return [...this.#families.values()].join("");
  }

  #addMetric(metric: MetricData, scope: ScopeLabels): void {
    const name = prometheusName(metric);
    const type = familyType(metric);
    // A metric without points would be a header without lines.
    if (name === "" || metric.dataPoints.length === 0) return;
    const help = metric.descriptor.description || "description missing";
    const family = type === undefined ? undefined : this.#family(name, type, help);
    if (family === undefined) {
      const fields = { metric: metric.descriptor.name, scope: scope.otel_scope_name };
      const problem = "a metric is not on /metrics: its name is another one's, or its type unknown";
      this.#diagnostics.report(problem, fields);
      return;
    }
    for (const point of metric.dataPoints as DataPoint<unknown>[]) {
      try {
        family.add(point, scope);
      } catch (error) {
        this.#diagnostics.error("a series is not on /metrics: it cannot be written", error);
      }
    }
  }

  /** Returns the family of that name and type, or `undefined` when another family owns one of its names. */
  #family(name: string, type: FamilyType, help: string): Family | undefined {
    const found = this.#families.get(name);
    if (found !== undefined) return found.type === type ? found : undefined;
    const created = new Family(name, type, help);
    if (created.names.some((own) => this.#owners.has(own))) return undefined;
    for (const own of created.names) this.#owners.set(own, created);
    this.#families.set(name, created);
    return created;
  }
}
