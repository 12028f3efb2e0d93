import type { Intervals } from "./time-range.ts";

/** What a choice is: the texts chosen, or everything there is. */
export interface Choice {
  readonly values: readonly string[];
  readonly all: boolean;
  /** What stands in a query for everything. */
  readonly allValue: string;
  /** One of several, so that it stands in a regular expression. */
  readonly multi: boolean;
}

/** What the placeholders of queries, titles and links stand for. */
export interface Scope {
  readonly choices: Readonly<Record<string, Choice>>;
  readonly intervals: Intervals;
  /** For addresses, as in `from=now-30m&to=now`. */
  readonly urlTimeRange: string;
  /** Of the thing a link belongs to, as in `__value.raw` or `__field.labels.actor_type`. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** How a choice is written into a text. */
type Write = (choice: Choice) => string;

const PLACEHOLDER = /\$\{([\w.]+)(?::(\w+))?\}|\$(\w+)/g;

/** `text` with what its placeholders stand for; those that stand for nothing are left as they are. */
function replace(text: string, scope: Scope, write: Write, encode = (value: string) => value) {
  return text.replaceAll(PLACEHOLDER, (whole, braced?: string, format?: string, bare?: string) => {
    const name = braced ?? bare ?? "";
    if (name === "__url_time_range") return scope.urlTimeRange;
    const extra = scope.extra?.[name];
    if (extra !== undefined) return encode(extra);
    const choice = scope.choices[name];
    if (choice !== undefined) {
      return format === "queryparam" ? queryParameters(name, choice) : write(choice);
    }
    return builtIn(name, scope.intervals) ?? whole;
  });
}

function builtIn(name: string, intervals: Intervals): string | undefined {
  switch (name) {
    case "__interval":
      return `${intervals.intervalS}s`;
    case "__rate_interval":
    case "__auto":
      return `${intervals.rateIntervalS}s`;
    case "__range":
      return `${intervals.rangeS}s`;
    default:
      return undefined;
  }
}

/** Inside of a string literal. */
function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function matching({ values, all, allValue, multi }: Choice): string {
  if (all) return allValue;
  if (!multi) return quoted(values[0] ?? "");
  const literal = values.map((value) => quoted(value.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")));
  return literal.length === 1 ? (literal[0] ?? "") : `(${literal.join("|")})`;
}

function readable({ values, all }: Choice): string {
  return all ? "All" : values.join(" + ");
}

function queryParameters(name: string, { values, all }: Choice): string {
  const chosen = all ? ["$__all"] : values;
  return chosen.map((value) => `var-${name}=${encodeURIComponent(value)}`).join("&");
}

/** A query: choices stand in string literals, those of several in regular expressions. */
export function interpolateQuery(query: string, scope: Scope): string {
  return replace(query, scope, matching);
}

/** A title or label for people. */
export function interpolateText(text: string, scope: Scope): string {
  return replace(text, scope, readable);
}

/** A link's address; what is put in is encoded. */
export function interpolateUrl(url: string, scope: Scope): string {
  return replace(url, scope, (choice) => encodeURIComponent(readable(choice)), encodeURIComponent);
}
