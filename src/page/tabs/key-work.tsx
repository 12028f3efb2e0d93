import type { JSX } from "preact";
import { durationText, momentText, plural } from "../../viewer/format.ts";
import type { QueueRow, ScheduleRow, ScheduleRunRow, SetAsideRow } from "../../wire/keys.ts";
import { ActionButton, useActionsAllowed } from "../parts/action-button.tsx";
import type { Perform } from "./key-pane.tsx";

interface Work {
  readonly nowAtMs: number;
  readonly perform: Perform;
}

interface SchedulesProps extends Work {
  readonly schedules: readonly ScheduleRow[];
  readonly more: boolean;
}

/** The schedules of a key with their last runs. */
export function Schedules({ schedules, more, ...work }: SchedulesProps): JSX.Element {
  return (
    <>
      <ul class="key-items">
        {schedules.map((schedule) => (
          <Schedule key={schedule.id} schedule={schedule} {...work} />
        ))}
      </ul>
      {more ? <p class="faint">There are more.</p> : null}
    </>
  );
}

function Schedule({
  schedule,
  nowAtMs,
  perform,
}: Work & { readonly schedule: ScheduleRow }): JSX.Element {
  const { id, messageType, dueAtMs, cron, timeZone, attempts, runs } = schedule;
  const allowed = useActionsAllowed();
  return (
    <li>
      <div class="key-item">
        <b>{messageType}</b> <span class="faint mono">{id}</span>
        <p>
          due {momentText(dueAtMs, nowAtMs)}
          {cron === null ? null : (
            <span class="faint">
              , <span class="mono">{cron}</span> {timeZone ?? ""}
            </span>
          )}
          {attempts === 0 ? null : <span class="warn">, {plural(attempts, "failed run")}</span>}
        </p>
        {runs.length === 0 ? null : <Runs runs={runs} nowAtMs={nowAtMs} />}
      </div>
      {allowed ? (
        <div class="actions">
          <ActionButton
            verb="run now"
            of={id}
            act={() => perform("run_schedule", { scheduleId: id })}
          />
          <ActionButton
            verb="cancel"
            of={id}
            confirm
            act={() => perform("cancel_schedule", { scheduleId: id })}
          />
        </div>
      ) : null}
    </li>
  );
}

interface RunsProps {
  readonly runs: readonly ScheduleRunRow[];
  readonly nowAtMs: number;
}

function Runs({ runs, nowAtMs }: RunsProps): JSX.Element {
  const failed = runs.at(-1)?.outcome === "error";
  const texts = runs.toReversed().map(({ atMs, outcome, errorType }) => {
    return `${errorType ?? outcome} ${durationText(nowAtMs - atMs)} ago`;
  });
  return (
    <p class="faint key-runs">
      last runs: <span class={failed ? "bad" : ""}>{texts[0]}</span>
      {texts.slice(1).map((text) => `, ${text}`)}
    </p>
  );
}

interface QueuesProps extends Work {
  readonly queues: readonly QueueRow[];
}

/** The queues of a key: their oldest messages, and those that were set aside. */
export function Queues({ queues, ...work }: QueuesProps): JSX.Element {
  return (
    <>
      {queues.map((queue) => (
        <Queue key={queue.name} queue={queue} {...work} />
      ))}
    </>
  );
}

function Queue({ queue, nowAtMs, perform }: Work & { readonly queue: QueueRow }): JSX.Element {
  const { name, head, more, setAside, moreSetAside } = queue;
  return (
    <>
      <p>
        <b>{name}</b>{" "}
        <span class="faint">
          {head.length === 0
            ? "empty"
            : `${plural(head.length, "message")}${more ? " or more" : ""}`}
        </span>
      </p>
      <ul class="key-items">
        {head.map(({ id, sentAtMs, attempt, notBeforeMs }) => (
          <li key={id}>
            <div class="key-item">
              <span class="mono">{id}</span>
              <p class="faint">
                sent {durationText(nowAtMs - sentAtMs)} ago
                {attempt === 0 ? "" : `, handed out ${plural(attempt, "time")}`}
                {notBeforeMs === null ? "" : `, again ${momentText(notBeforeMs, nowAtMs)}`}
              </p>
            </div>
          </li>
        ))}
        {setAside.map((message) => (
          <SetAside
            key={message.id}
            message={message}
            nowAtMs={nowAtMs}
            requeue={() => perform("requeue", { queue: name, messageId: message.id })}
          />
        ))}
      </ul>
      {moreSetAside ? <p class="faint">More messages were set aside.</p> : null}
    </>
  );
}

interface SetAsideProps {
  readonly message: SetAsideRow;
  readonly nowAtMs: number;
  readonly requeue: () => void;
}

function SetAside({ message, nowAtMs, requeue }: SetAsideProps): JSX.Element {
  const { id, sentAtMs, attempt, errorType } = message;
  return (
    <li>
      <div class="key-item">
        <span class="mono">{id}</span> <span class="tag tag-bad">set aside</span>
        <p class="faint">
          sent {durationText(nowAtMs - sentAtMs)} ago, handed out {plural(attempt, "time")}
          {errorType === null ? null : <span class="bad">, {errorType}</span>}
        </p>
      </div>
      {useActionsAllowed() ? <ActionButton verb="requeue" of={id} act={requeue} /> : null}
    </li>
  );
}
