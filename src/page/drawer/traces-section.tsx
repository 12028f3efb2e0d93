import type { JSX } from "preact";
import { clockText, durationText } from "../../viewer/format.ts";
import { useConsole } from "../state/console-context.ts";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** The latest traces that the actor was part of. */
export const tracesSection: SectionDefinition = {
  title: "Recent traces",
  applies: ({ extras }) => (extras?.traces.length ?? 0) > 0,
  Content: TracesSection,
};

const SHOWN = 12;

function TracesSection({ extras }: SectionProps): JSX.Element {
  const { controller } = useConsole();
  return (
    <ul class="plain-list">
      {(extras?.traces ?? [])
        .slice(0, SHOWN)
        .map(({ traceId, name, startedAtMs, durationMs, errors }) => (
          <li key={traceId}>
            <span class="faint number">{clockText(startedAtMs)}</span>
            <button
              type="button"
              class="link ellipsis"
              onClick={() => controller.openTrace(traceId)}
            >
              {name}
            </button>
            <span class={errors > 0 ? "end number bad" : "end number"}>
              {durationText(durationMs)}
            </span>
          </li>
        ))}
    </ul>
  );
}
