import type { TargetJson } from "./dashboard-json.ts";
import { interpolateText, type Scope } from "./interpolate.ts";
import type { TimeRange } from "./time-range.ts";

const DEFAULT_LIMIT = 20;

/** The attributes of `a=1 b="x y" c`; one without a value is `true`. */
function parseLogfmt(text: string): Record<string, string> {
  const pairs = text.matchAll(/([^\s="]+)(?:=(?:("(?:[^"\\]|\\.)*")|([^\s"]*)))?/g);
  return Object.fromEntries(
    [...pairs].map(([, key = "", quoted, bare = "true"]) => [
      key,
      quoted === undefined ? bare : (JSON.parse(quoted) as string),
    ]),
  );
}

/**
 * The parameters of Jaeger's `/api/traces` for `target`: times in microseconds, attributes as JSON. Conditions that
 * are empty are left out.
 */
export function searchParameters(
  target: TargetJson,
  scope: Scope,
  { fromMs, toMs }: TimeRange,
): Record<string, string | number> {
  const { service, operation, tags, minDuration, maxDuration, limit = DEFAULT_LIMIT } = target;
  const conditions = Object.entries({ service, operation, minDuration, maxDuration })
    .map(([name, value = ""]) => [name, interpolateText(value, scope)] as const)
    .filter(([, value]) => value !== "");
  const attributes = parseLogfmt(interpolateText(tags ?? "", scope));
  return {
    ...Object.fromEntries(conditions),
    ...(Object.keys(attributes).length === 0 ? {} : { tags: JSON.stringify(attributes) }),
    limit,
    start: fromMs * 1_000,
    end: toMs * 1_000,
  };
}
