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
 * The variables of a dashboard. Each may refer to those before it, so they are asked for one after the other.
 *
 * @param chosen what the address says
 */
export async function resolveVariables(
  list: readonly VariableJson[],
  chosen: Readonly<Record<string, readonly string[]>>,
  range: TimeRange,
  signal: AbortSignal,
): Promise<Variable[]> {
  const variables: Variable[] = [];
  for (const json of list) {
    const choice = choiceOf(json, chosen[json.name]);
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
    variables.push({ json, options, choice });
  }
  return variables;
}

/** What is chosen, by variable. */
export function choicesOf(variables: readonly Variable[]): Record<string, Choice> {
  return Object.fromEntries(variables.map(({ json, choice }) => [json.name, choice]));
}

function choiceOf(json: VariableJson, chosen: readonly string[] | undefined): Choice {
  const { type, query = "", current, multi = false, includeAll = false, allValue = ".*" } = json;
  const initial = type === "textbox" ? [query] : [current?.value ?? []].flat();
  const values = chosen ?? initial;
  const all =
    includeAll && (values.length === 0 || values.some((each) => each === ALL || each === "All"));
  return { values: all ? [] : values, all, allValue, multi: multi || includeAll };
}
