import type { JSX } from "preact";
import { durationText, plural } from "../../viewer/format.ts";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** Work in progress outside the handlers. */
export const workSection: SectionDefinition = {
  title: "Tasks and timers",
  applies: ({ row }) => row.tasks.length > 0 || row.timers > 0,
  Content: WorkSection,
};

function WorkSection({ row, nowAtMs }: SectionProps): JSX.Element {
  return (
    <ul class="plain-list">
      {row.tasks.map(({ kind, sinceAtMs }) => (
        <li key={`${kind} ${sinceAtMs}`}>
          task <b>{kind}</b>
          <span class="end number">{durationText(nowAtMs - sinceAtMs)}</span>
        </li>
      ))}
      {row.timers > 0 ? <li>{plural(row.timers, "timer")} set</li> : null}
    </ul>
  );
}
