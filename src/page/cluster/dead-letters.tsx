import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { bytesText, momentText, plural } from "../../viewer/format.ts";
import type { ClusterDeadLetterRow } from "../../wire/cluster.ts";
import { ActionButton, useAction, useActionsAllowed } from "../parts/action-button.tsx";
import { useAnswer, useConsole } from "../state/console-context.ts";
import { KeyLink } from "./key-link.tsx";

const REFRESH_MS = 5_000;

/** The oldest commands and events that could not be handled. */
export function DeadLetters({ system }: { readonly system: string }): JSX.Element | null {
  const { controller } = useConsole();
  const { source } = controller;
  const [changes, setChanges] = useState(0);
  const answer = useAnswer(
    `${source.live} ${system} ${changes}`,
    () => source.clusterDeadLetters(system),
    source.live ? REFRESH_MS : 0,
  );
  const act = useAction(() => setChanges(changes + 1));
  if (answer === null) return null;
  if (answer.problem !== null) return <p class="hint">{answer.problem}</p>;
  const { deadLetters, cursor } = answer.value;
  if (deadLetters.length === 0) return <p class="hint">There are none.</p>;
  return (
    <>
      <ul class="key-items">
        {deadLetters.map((letter) => (
          <Letter
            key={letter.id}
            letter={letter}
            perform={(action, verb) =>
              act(`${verb} of dead letter ${letter.id}`, { action, id: letter.id, system })
            }
          />
        ))}
      </ul>
      {cursor === null ? null : <p class="hint">More follow once these are handled.</p>}
    </>
  );
}

interface LetterProps {
  readonly letter: ClusterDeadLetterRow;
  readonly perform: (action: string, verb: string) => void;
}

function Letter({ letter, perform }: LetterProps): JSX.Element {
  const allowed = useActionsAllowed();
  const nowAtMs = useConsole().state.view?.newestAtMs ?? 0;
  const { id, key, log, what, reason, text, attempts, storedAtMs, bytes } = letter;
  return (
    <li>
      <span class="key-item">
        {key === null ? null : <KeyLink id={key} />} {what ?? log}: {reason}
        <span class="faint">
          {" "}
          {text}; {plural(attempts, "attempt")}, {bytesText(bytes)},{" "}
          {momentText(storedAtMs, nowAtMs)}
        </span>
      </span>
      {allowed ? (
        <span class="actions">
          <ActionButton
            verb="resend"
            of={`dead letter ${id}`}
            act={() => perform("resend_dead_letter", "resend")}
          />
          <ActionButton
            verb="discard"
            of={`dead letter ${id}`}
            confirm
            act={() => perform("discard_dead_letter", "discard")}
          />
        </span>
      ) : null}
    </li>
  );
}
