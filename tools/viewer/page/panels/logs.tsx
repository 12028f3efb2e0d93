import type { JSX } from "preact/jsx-runtime";
import { interpolateQuery } from "../../model/interpolate.ts";
import { type LogLine, logLines } from "../../model/log-lines.ts";
import { queryLogs } from "../backends.ts";
import { clockWithMs } from "../clock.ts";
import { Fields } from "../fields.tsx";
import type { PanelKind } from "../panel-frame.tsx";
import { type PanelProps, scopeOf, traceLink } from "../view.ts";

/** Fields of every line, which tell nothing about one. */
const COMMON = /^(?:trace_id|span_id|flags|trace_flags|severity_|service\.|observed_|log\.file\.)/;

/** Log lines; unfolded, a line shows its fields. */
export const logs: PanelKind<readonly LogLine[]> = {
  load: async ({ panel, view }, signal) => {
    const { expr = "", maxLines = 100 } = panel.targets?.[0] ?? {};
    const query = interpolateQuery(expr, scopeOf(view));
    const records = await queryLogs(query, view.range, maxLines, signal);
    return logLines(records, panel.options?.sortOrder === "Ascending");
  },
  isEmpty: (lines) => lines.length === 0,
  Body: Logs,
};

function Logs({ view, data }: PanelProps & { data: readonly LogLine[] }): JSX.Element {
  return (
    <div class="rows log-lines">
      {data.map((line) => (
        <details key={line.key} class={`log ${line.level}`}>
          <summary>
            <time>{clockWithMs(line.timeMs)}</time>
            <span class="text">{line.text}</span>
            <small>{hints(line)}</small>
          </summary>
          <Fields fields={line.fields} traceLink={(id) => traceLink(view, id)} />
        </details>
      ))}
    </div>
  );
}

/** What tells a line from others with the same text. */
function hints({ fields }: LogLine): string {
  const own = Object.entries(fields).filter(([key]) => !COMMON.test(key));
  return own.map(([key, value]) => `${key}=${value}`).join("  ");
}
