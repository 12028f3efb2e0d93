import type { JSX } from "preact";
import { clockText } from "../../viewer/format.ts";
import { valueText } from "../../viewer/log-buffer.ts";
import { TraceLink } from "../parts/links.tsx";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** The actor's latest failures in the log. */
export const failuresSection: SectionDefinition = {
  title: "Last failures",
  applies: ({ extras }) => (extras?.failures.length ?? 0) > 0,
  Content: FailuresSection,
};

function FailuresSection({ extras }: SectionProps): JSX.Element {
  return (
    <ul class="plain-list">
      {(extras?.failures ?? []).map(({ sequence, atMs, msg, fields, traceId }) => (
        <li key={sequence} class="failure">
          <span class="faint number">{clockText(atMs)}</span>
          <span class="bad">{"err" in fields ? valueText(fields["err"]) : msg}</span>
          {traceId === null ? null : <TraceLink traceId={traceId} />}
        </li>
      ))}
    </ul>
  );
}
