import { Condition } from "../wire/condition.ts";
import { ALL_LOGS, type LogQuery } from "./log-buffer.ts";
import type { Route } from "./route.ts";
import { ALL_TRACES, type TraceQuery, TraceSort } from "./traces/trace-buffer.ts";
import { type ActorQuery, ALL_ACTORS, Layout, SortKey } from "./tree.ts";

type Params = Route["params"];

/** Returns `value` if it is one of `known`. */
function oneOf<Value extends string>(
  known: Readonly<Record<string, Value>>,
  value: string | undefined,
): Value | undefined {
  return Object.values(known).find((member) => member === value);
}

/** Reads the actor filter from a URL. Missing and invalid parts are as in {@link ALL_ACTORS}. */
export function actorQuery({ q, type, state, sort, desc, layout }: Params): ActorQuery {
  return {
    ...ALL_ACTORS,
    text: q ?? "",
    type: type ?? "",
    condition: state === "problem" ? state : (oneOf(Condition, state) ?? ""),
    sort: oneOf(SortKey, sort) ?? ALL_ACTORS.sort,
    descending: desc === "1",
    layout: oneOf(Layout, layout) ?? ALL_ACTORS.layout,
  };
}

/** Reads the log filter from a URL. */
export function logQuery({ q, level, of, trace }: Params): LogQuery {
  return {
    level: positive(level) ?? ALL_LOGS.level,
    actor: of ?? "",
    trace: trace ?? "",
    text: q ?? "",
  };
}

/** Reads the trace filter from a URL. */
export function traceQuery({ q, type, errors, min, sort }: Params): TraceQuery {
  return {
    text: q ?? "",
    type: type ?? "",
    errorsOnly: errors === "1",
    minMs: positive(min) ?? ALL_TRACES.minMs,
    sort: oneOf(TraceSort, sort) ?? ALL_TRACES.sort,
  };
}

/** Filter of the stored keys. */
export interface KeysFilter {
  /** Empty for the first type. */
  readonly type: string;
  readonly prefix: string;
  readonly state: "" | "awake" | "asleep";
}

/** Reads the filter of the keys from a URL. */
export function keysFilter({ type, q, state }: Params): KeysFilter {
  return {
    type: type ?? "",
    prefix: q ?? "",
    state: state === "awake" || state === "asleep" ? state : "",
  };
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && text !== "" && value >= 0 && Number.isFinite(value)
    ? value
    : undefined;
}
