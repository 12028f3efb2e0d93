import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { bytesText, countText, durationText, plural } from "../../viewer/format.ts";
import { type ConnectionList, type ConnectionRow, keyIdOf } from "../../wire/keys.ts";
import { ActionButton, useAction, useActionsAllowed } from "../parts/action-button.tsx";
import { useAnswer, useConsole } from "../state/console-context.ts";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** The clients that are connected to a keyed actor. */
export const connectionsSection: SectionDefinition = {
  title: "Connections",
  applies: ({ row }) => (row.keyed?.connections ?? 0) > 0,
  Content: ConnectionsSection,
};

const REFRESH_MS = 2_000;

function ConnectionsSection({ row, view, nowAtMs }: SectionProps): JSX.Element {
  const { controller } = useConsole();
  const { source } = controller;
  const [closed, setClosed] = useState(0);
  const id = keyIdOf(row.type, row.keyed?.key ?? "");
  const answer = useAnswer(
    `${source.live} ${view.system} ${id} ${closed}`,
    () => source.connections(id, view.system),
    source.live ? REFRESH_MS : 0,
  );
  const act = useAction(() => setClosed(closed + 1));
  const close = (connectionId: string): void => {
    const action = { action: "close_connection", id, system: view.system, connectionId };
    act(`closed ${connectionId}`, action);
  };
  const open = row.keyed?.connections ?? 0;
  const [known, setKnown] = useState<ConnectionList | null>(null);
  if (answer !== null && answer.value !== known) setKnown(answer.value);
  const { total = open, connections = [] } = (answer === null ? known : answer.value) ?? {};
  const more = total - connections.length;
  return (
    <>
      <p class="faint">{plural(total, "open connection")}</p>
      <ul class="key-items" aria-label="Connections">
        {connections.map((connection) => (
          <Connection
            key={connection.id}
            connection={connection}
            nowAtMs={nowAtMs}
            close={() => close(connection.id)}
          />
        ))}
      </ul>
      {more > 0 && connections.length > 0 ? <p class="faint">and {countText(more)} more</p> : null}
      {answer?.problem == null ? null : <p class="hint">{answer.problem}.</p>}
    </>
  );
}

interface ConnectionProps {
  readonly connection: ConnectionRow;
  readonly nowAtMs: number;
  readonly close: () => void;
}

function Connection({ connection, nowAtMs, close }: ConnectionProps): JSX.Element {
  const { id, callerId, openedAtMs, receivedAtMs, resumed, events } = connection;
  const allowed = useActionsAllowed();
  return (
    <li>
      <div class="key-item">
        {callerId === null ? null : <b>{callerId} </b>}
        <span class="faint mono">{id}</span>
        <p>
          {resumed ? "resumed" : "open"} for {durationText(Math.max(0, nowAtMs - openedAtMs))}
          {receivedAtMs === null ? null : (
            <span class="faint">
              , heard from {durationText(Math.max(0, nowAtMs - receivedAtMs))} ago
            </span>
          )}
        </p>
        <p class="faint">
          {events.length === 0 ? "no subscriptions" : `gets ${events.join(", ")}`}
        </p>
        <Figures connection={connection} />
      </div>
      {allowed ? <ActionButton verb="close" of={id} confirm act={close} /> : null}
    </li>
  );
}

function Figures({ connection }: Pick<ConnectionProps, "connection">): JSX.Element | null {
  const { sent, dropped, bufferedBytes } = connection;
  if (sent === null) return null;
  return (
    <p class="faint">
      {plural(sent, "event")} sent
      {(dropped ?? 0) === 0 ? null : <span class="warn">, {countText(dropped ?? 0)} dropped</span>}
      {(bufferedBytes ?? 0) === 0 ? null : (
        <span class="warn">, {bytesText(bufferedBytes ?? 0)} unsent</span>
      )}
    </p>
  );
}
