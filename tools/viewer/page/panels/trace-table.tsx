import { useState } from "preact/hooks";
import type { JSX } from "preact/jsx-runtime";
import type { PanelJson } from "../../model/dashboard-json.ts";
import { interpolateQuery } from "../../model/interpolate.ts";
import { type FoundSpan, type FoundTrace, foundTraces } from "../../model/trace-list.ts";
import { formatValue } from "../../model/unit-format.ts";
import { searchTraces } from "../backends.ts";
import { clockWithMs } from "../clock.ts";
import { Link } from "../link.tsx";
import type { PanelKind } from "../panel-frame.tsx";
import { linkFor, type PanelProps, scopeOf } from "../view.ts";

/** Traces that a search finds, the newest first. */
export const traceTable: PanelKind<readonly FoundTrace[]> = {
  load: async ({ panel, view }, signal) => {
    const { query = "", limit = 20, spss = 3 } = panel.targets?.[0] ?? {};
    const q = interpolateQuery(query, scopeOf(view));
    return foundTraces(await searchTraces({ q, limit, spss }, view.range, signal));
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
            <th>Start</th>
            <th>Name</th>
            <th class="value">Duration</th>
          </tr>
        </thead>
        <tbody>
          {data.map((trace) => {
            const href = url && linkFor(view, url, { "__value.raw": trace.traceId });
            return <TraceRows key={trace.traceId} trace={trace} href={href} />;
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A trace; unfolded, the spans for which it was found. */
function TraceRows({ trace, href }: { trace: FoundTrace; href: string | undefined }): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <>
      <tr data-duration-s={trace.durationS}>
        <td class="id">
          <button type="button" class="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "▾" : "▸"}
          </button>
          <Link href={href} title={trace.traceId}>
            {trace.traceId.slice(0, 12)}
          </Link>
        </td>
        <td class="id">{clockWithMs(trace.startMs)}</td>
        <td title={trace.service}>{trace.name}</td>
        <td class="value">{trace.durationS === 0 ? "<1 ms" : formatValue(trace.durationS, "s")}</td>
      </tr>
      {open ? trace.spans.map((span) => <SpanRow key={span.spanId} span={span} />) : null}
    </>
  );
}

function SpanRow({ span }: { span: FoundSpan }): JSX.Element {
  const attributes = Object.entries(span.attributes).map(([key, value]) => `${key}=${value}`);
  return (
    <tr class="sub">
      <td colSpan={3}>
        {span.name} <small>{attributes.join(" ")}</small>
      </td>
      <td class="value">{formatValue(span.durationS, "s")}</td>
    </tr>
  );
}
