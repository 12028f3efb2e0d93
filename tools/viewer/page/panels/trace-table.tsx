import type { JSX } from "preact/jsx-runtime";
import type { PanelJson } from "../../model/dashboard-json.ts";
import { type FoundTrace, foundTraces } from "../../model/trace-list.ts";
import { searchParameters } from "../../model/trace-search.ts";
import { formatValue } from "../../model/unit-format.ts";
import { searchTraces } from "../backends.ts";
import { clockWithMs } from "../clock.ts";
import { Link } from "../link.tsx";
import type { PanelKind } from "../panel-frame.tsx";
import { linkFor, type PanelProps, scopeOf } from "../view.ts";

/** Traces that the first query of the panel finds, latest start first. Grafana's Jaeger asks no other either. */
export const traceTable: PanelKind<readonly FoundTrace[]> = {
  load: async ({ panel, view }, signal) => {
    const [target] = panel.targets ?? [];
    if (target === undefined) return [];
    const parameters = searchParameters(target, scopeOf(view), view.range);
    return foundTraces(await searchTraces(parameters, signal));
  },
  isEmpty: (traces) => traces.length === 0,
  Body: TraceTable,
};

/** The link that the panel puts on trace ids. */
function linkOf({ fieldConfig }: PanelJson): string | undefined {
  const properties = (fieldConfig?.overrides ?? []).flatMap((override) => override.properties);
  const links = properties.find(({ id }) => id === "links")?.value;
  return Array.isArray(links) ? links[0]?.url : undefined;
}

function TraceTable({
  panel,
  view,
  data,
}: PanelProps & { data: readonly FoundTrace[] }): JSX.Element {
  const url = linkOf(panel);
  return (
    <div class="rows">
      <table>
        <thead>
          <tr>
            <th>Trace ID</th>
            <th>Name</th>
            <th>Start</th>
            <th class="value">Duration</th>
          </tr>
        </thead>
        <tbody>
          {data.map((trace) => {
            const href = url && linkFor(view, url, { "__value.raw": trace.traceId });
            return <TraceRow key={trace.traceId} trace={trace} href={href} />;
          })}
        </tbody>
      </table>
    </div>
  );
}

function TraceRow({ trace, href }: { trace: FoundTrace; href: string | undefined }): JSX.Element {
  const { traceId, service, name, startMs, durationS, failedSpans } = trace;
  return (
    <tr data-duration-s={durationS}>
      <td class="id">
        <Link href={href} title={traceId}>
          {traceId.slice(0, 12)}
        </Link>
      </td>
      <td title={service}>
        {name} {failedSpans === 0 ? null : <b>{failedSpans} failed</b>}
      </td>
      <td class="id">{clockWithMs(startMs)}</td>
      <td class="value">{formatValue(durationS, "s")}</td>
    </tr>
  );
}
