import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { TargetJson, VariableJson } from "./grafana-files.ts";

// What can be wrong with searches of traces and log lines without asking the servers, which only test/stack can.

const ROOT = join(import.meta.dirname, "../..");
const doc = readFileSync(join(ROOT, "docs/telemetry.md"), "utf8");
const collector = readFileSync(join(ROOT, "collector/config.yaml"), "utf8");

/** Tags by which Jaeger knows what are fields of a span. */
const JAEGER_TAGS = ["error", "span.kind"];
/** What the collector makes of a line's level. */
const COLLECTOR_FIELDS = ["severity_number"];
const STREAM_FIELDS: readonly string[] =
  parse(collector).exporters["otlp_http/victorialogs"].headers["VL-Stream-Fields"].split(",");

/** `key=value`, or `key="a value"`. */
const PAIR = /([\w.]+)=([^\s"=]+|"(?:[^"\\]|\\.)*")/;
const LOGFMT = new RegExp(`^${PAIR.source}(?: ${PAIR.source})*$`);

function isDocumented(name: string): boolean {
  return doc.includes(`\`${name}\``);
}

function tagProblems(tags: string): string[] {
  if (!LOGFMT.test(tags)) return [`${tags} is no logfmt`];
  const keys = [...tags.matchAll(new RegExp(PAIR, "g"))].map(([, key = ""]) => key);
  const strange = keys.filter(
    (key) =>
      !JAEGER_TAGS.includes(key) &&
      !isDocumented(key) &&
      !collector.includes(`set(span.attributes["${key}"]`),
  );
  const more = keys.length > 1 ? [`${tags} are ${keys.length} conditions`] : [];
  return [...strange.map((key) => `no span has ${key}`), ...more];
}

/** What is wrong with a query to Jaeger on a dashboard that has `variables`. */
export function jaegerProblems(target: TargetJson, variables: readonly VariableJson[]): string[] {
  const { queryType, query, service, operation, tags, minDuration, maxDuration, limit } = target;
  if (queryType === undefined) return query === "$trace" ? [] : [`${query} is no trace id`];
  if (queryType !== "search") return [`there is no query type ${queryType}`];
  const problems: string[] = [];
  const chosen = variables.find(({ name }) => service === `$${name}`);
  if (chosen === undefined || chosen.multi === true || chosen.includeAll === true) {
    problems.push(`${service} need not be one service`);
  }
  const conditions = [operation, tags, minDuration, maxDuration].filter(
    (each) => each !== undefined,
  );
  if (conditions.length > 1) problems.push(`${conditions.join(", ")} may be of two spans`);
  if (tags !== undefined) problems.push(...tagProblems(tags));
  if (operation !== undefined && !doc.includes(`| \`${operation}\` |`)) {
    problems.push(`no span is called ${operation}`);
  }
  if (limit === undefined) problems.push("has no limit");
  return problems;
}

/** What is wrong with a query to VictoriaLogs. */
export function victoriaLogsProblems({ queryType, expr = "", maxLines }: TargetJson): string[] {
  const type = queryType === "instant" ? [] : [`${queryType} finds no lines`];
  const limit = maxLines === undefined ? ["has no limit"] : [];
  const [, stream, filters = ""] = /^\{([^{}]+)\} (.+)$/.exec(expr) ?? [];
  if (stream === undefined) return [...type, ...limit, `${expr} does not begin with a stream`];
  return [...type, ...limit, ...streamProblems(stream), ...filterProblems(filters)];
}

function streamProblems(stream: string): string[] {
  const fields = [...withoutStrings(stream).matchAll(/([\w.]+)=~?""/g)].map(
    ([, field = ""]) => field,
  );
  if (fields.length === 0) return [`${stream} is no filter of streams`];
  return fields
    .filter((field) => !STREAM_FIELDS.includes(field))
    .map((field) => `streams have no ${field}`);
}

function filterProblems(filters: string): string[] {
  const fields = [...withoutStrings(filters).matchAll(/([\w.]+):/g)].map(([, field = ""]) => field);
  const strange = fields.filter(
    (field) => !isDocumented(field) && !COLLECTOR_FIELDS.includes(field),
  );
  const events = [...filters.matchAll(/"(actor\.[a-z_.]+)"/g)].map(([, event = ""]) => event);
  const lost = events.filter((event) => !doc.includes(`| \`${event}\` |`));
  const parts = /:~"(?!\^)/.test(filters) ? ["a regular expression finds parts of values"] : [];
  return [
    ...strange.map((field) => `lines have no ${field}`),
    ...lost.map((event) => `there is no event ${event}`),
    ...parts,
  ];
}

function withoutStrings(expr: string): string {
  return expr.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
}
