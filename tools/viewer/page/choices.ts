import { ALL } from "../model/address.ts";
import type { VariableJson } from "../model/dashboard-json.ts";
import { type Choice, interpolateQuery } from "../model/interpolate.ts";
import { parseLabelValues } from "../model/label-values.ts";
import { intervalsOf, type TimeRange } from "../model/time-range.ts";
import { labelValues } from "./backends.ts";

/** A variable, what it can be, and what it is. */
export interface Variable {
  readonly json: VariableJson;
  readonly options: readonly string[];
  readonly choice: Choice;
}

/**
 * The variables of a dashboard. Each may refer to those before it, so they are resolved one after the other.
 *
 * @param chosen what the address chooses
 */
export async function resolveVariables(
  list: readonly VariableJson[],
  chosen: Readonly<Record<string, readonly string[]>>,
  range: TimeRange,
  signal: AbortSignal,
): Promise<Variable[]> {
  const variables: Variable[] = [];
  for (const json of list) {
    const scope = {
      choices: choicesOf(variables),
      urlTimeRange: "",
      intervals: intervalsOf(range, 1, 1),
    };
    const asked = json.type === "query" ? parseLabelValues(json.query ?? "") : undefined;
    const options =
      asked === undefined
        ? []
        : await labelValues(asked.label, interpolateQuery(asked.selector, scope), range, signal);
    variables.push({ json, options, choice: choiceOf(json, options, chosen[json.name]) });
  }
  return variables;
}

/** What is chosen, by variable. */
export function choicesOf(variables: readonly Variable[]): Record<string, Choice> {
  return Object.fromEntries(variables.map(({ json, choice }) => [json.name, choice]));
}

/** As chosen, else the dashboard's own choice, else the first option of a variable that has to have one. */
function choiceOf(
  json: VariableJson,
  options: readonly string[],
  chosen: readonly string[] | undefined,
): Choice {
  const { type, query = "", current, multi = false, includeAll = false, allValue = ".*" } = json;
  const own = type === "textbox" ? [query] : [current?.value ?? []].flat();
  const single = type === "query" && !multi && !includeAll;
  const initial = single && (own[0] ?? "") === "" ? options.slice(0, 1) : own;
  const values = chosen ?? initial;
  const all =
    includeAll && (values.length === 0 || values.some((each) => each === ALL || each === "All"));
  return { values: all ? [] : values, all, allValue, multi: multi || includeAll };
}
