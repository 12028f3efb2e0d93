import { interpolateQuery } from "../model/interpolate.ts";
import { type Chart, gridOf, toLines, transformLines } from "../model/series.ts";
import { queryRange } from "./backends.ts";
import { type PanelProps, scopeOf, widthOf } from "./view.ts";

/** The series of all queries of a panel, over the same times. */
export async function loadChart({ panel, view }: PanelProps, signal: AbortSignal): Promise<Chart> {
  const scope = scopeOf(view, widthOf(panel));
  const { intervalS } = scope.intervals;
  const times = gridOf(view.range, intervalS);
  const answers = await Promise.all(
    (panel.targets ?? []).map(async (target) => {
      const query = interpolateQuery(target.expr ?? "", scope);
      return toLines(target, await queryRange(query, times, intervalS, signal), times);
    }),
  );
  return { times, lines: transformLines(answers.flat(), panel) };
}
