import type { JSX } from "preact";
import { durationText } from "../../viewer/format.ts";
import { deadlockEnd, waitKey } from "../../viewer/wait-texts.ts";
import type { WaitRow } from "../../wire/snapshot.ts";
import { Icon } from "../parts/icon.tsx";
import { ActorLink, TraceLink } from "../parts/links.tsx";
import { useConsole } from "../state/console-context.ts";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** Which actors this one waits for, and which wait for it. */
export const waitsSection: SectionDefinition = {
  title: "Waits",
  applies: ({ row, view }) =>
    row.waits.length > 0 || view.waiters.length > 0 || view.deadlock !== null,
  Content: WaitsSection,
};

function WaitsSection({ row, view, nowAtMs }: SectionProps): JSX.Element {
  const { controller } = useConsole();
  const { deadlock, waiters } = view;
  return (
    <>
      {deadlock === null ? null : (
        <div class="note note-bad">
          <Icon name="deadlock" />
          <div>
            <p>{deadlock.text}.</p>
            <p class="strong">{deadlockEnd(deadlock, nowAtMs)}</p>
            <button type="button" class="link" onClick={() => controller.openTab("waits")}>
              show in Waits
            </button>
          </div>
        </div>
      )}
      <WaitList
        title="Waits for"
        nowAtMs={nowAtMs}
        waits={row.waits.map((wait) => ({ id: wait.targetId, wait }))}
      />
      <WaitList title="Waited for by" nowAtMs={nowAtMs} waits={waiters} />
    </>
  );
}

interface WaitListProps {
  readonly title: string;
  readonly waits: readonly { readonly id: string; readonly wait: WaitRow }[];
  readonly nowAtMs: number;
}

function WaitList({ title, waits, nowAtMs }: WaitListProps): JSX.Element | null {
  if (waits.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul class="plain-list">
        {waits.map(({ id, wait }) => (
          <li key={waitKey({ from: id, wait })}>
            <ActorLink id={id} />{" "}
            <span class="faint">
              {wait.kind} {wait.messageType ?? ""}
              {wait.part === "task" ? " in a task" : ""}
            </span>
            <span class="end number">
              {durationText(nowAtMs - wait.sinceAtMs)}
              {wait.untilAtMs === null ? "" : `, ${durationText(wait.untilAtMs - nowAtMs)} left`}
            </span>
            {wait.traceId === null ? null : <TraceLink traceId={wait.traceId} text="trace" />}
          </li>
        ))}
      </ul>
    </>
  );
}
