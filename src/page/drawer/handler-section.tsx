import type { JSX } from "preact";
import { durationText } from "../../viewer/format.ts";
import { stuckAdvice } from "../../viewer/wait-texts.ts";
import type { AwakeReason } from "../../wire/snapshot.ts";
import { Icon } from "../parts/icon.tsx";
import { ActorLink, TraceLink } from "../parts/links.tsx";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** What the actor is executing now. */
export const handlerSection: SectionDefinition = {
  title: "Now",
  applies: () => true,
  Content: HandlerSection,
};

/** Why the actor is not idle although no handler runs. */
const IDLE_TEXTS: Readonly<Record<AwakeReason, string>> = {
  handling: "A handler is about to run.",
  hook: "A hook is running.",
  mailbox: "Messages wait for their turn.",
  task: "No message to handle; a task is running.",
  run: "No message to handle; `run` is active.",
  timer: "No message to handle; a timer is set.",
  child: "No message to handle; it has children.",
  keep_awake: "No message to handle; a promise keeps it awake.",
  internal: "No message to handle; the runtime keeps it awake.",
  reply: "No message to handle; it owes a reply.",
  queue_message: "No message to handle; a queue message is not completed.",
  connection: "No message to handle; a connection is open.",
  http_request: "No message to handle; it answers an HTTP request.",
  idle: "Waits for messages.",
  stopped: "It has ended.",
};

function HandlerSection({ row, view, nowAtMs }: SectionProps): JSX.Element {
  const { busy, stopped, supervision, state, awakeReason } = row;
  if (stopped !== null) {
    return (
      <p>
        Ended as <b>{stopped.reason}</b> {durationText(nowAtMs - stopped.atMs)} ago.
      </p>
    );
  }
  return (
    <>
      {busy === null ? (
        <p class="faint">{state === "running" ? IDLE_TEXTS[awakeReason] : `It is ${state}.`}</p>
      ) : (
        <p>
          {busy.messageType === null ? `Runs its ${busy.phase}` : "Handles "}
          {busy.messageType === null ? null : <b>{busy.messageType}</b>}
          {busy.kind === null ? "" : ` (${busy.kind})`} for{" "}
          <span class="number">{durationText(nowAtMs - busy.sinceAtMs)}</span>{" "}
          {busy.traceId === null ? null : <TraceLink traceId={busy.traceId} text="trace" />}
        </p>
      )}
      {supervision.backingOff ? (
        <p class="warn">Its restart has been put off for a while.</p>
      ) : null}
      {view.stuck === null ? null : (
        <div class="note note-warn">
          <Icon name="stuck" />
          <div>
            <p>{view.stuck.text}.</p>
            <p class="advice">{stuckAdvice(view.stuck)}</p>
            {view.stuck.chain.slice(1).map((id) => (
              <ActorLink key={id} id={id} />
            ))}
          </div>
        </div>
      )}
    </>
  );
}
