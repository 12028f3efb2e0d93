import type { JSX } from "preact";
import type { WarningView } from "../../viewer/console-view.ts";
import { durationText, plural } from "../../viewer/format.ts";
import { stuckAdvice } from "../../viewer/wait-texts.ts";
import type { DeadLetterRow, StuckHandler } from "../../wire/snapshot.ts";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { ActorLink, TraceLink } from "../parts/links.tsx";
import { useConsole } from "../state/console-context.ts";
import type { TabDefinition } from "./tab.ts";

/** What the monitor thinks somebody should look at. */
export const warningsTab: TabDefinition = {
  id: "warnings",
  label: "Warnings",
  icon: "warnings",
  Content: WarningsTab,
  badge: ({ systems }) => {
    const count = systems.reduce((sum, { warnings, stuck }) => sum + warnings + stuck, 0);
    return count === 0 ? null : { count, tone: "warn" };
  },
};

function WarningsTab(): JSX.Element {
  const { view } = useConsole().state;
  const warnings = view?.warnings ?? null;
  if (warnings === null) return <div class="tab-body" />;
  const nowAtMs = view?.atMs ?? 0;
  const { stuck, deadLetters } = warnings;
  const none = warnings.warnings.length === 0 && stuck.length === 0;
  return (
    <div class="tab-body scroll">
      <div class="column">
        {none ? <AllIsWell /> : null}
        {stuck.map((handler) => (
          <StuckCard key={handler.id} handler={handler} nowAtMs={nowAtMs} />
        ))}
        {warnings.warnings.map((warning) => (
          <WarningCard
            key={`${warning.warning.kind} ${warning.warning.type}`}
            view={warning}
            nowAtMs={nowAtMs}
          />
        ))}
        {deadLetters.length === 0 ? null : <DeadLetters letters={deadLetters} />}
      </div>
    </div>
  );
}

function AllIsWell(): JSX.Element {
  return (
    <Empty icon="good" title="Nothing wants looking at" tone="good">
      The monitor watches for growing mailboxes, restart storms, dead letters, time-outs of asks, a
      blocked event loop, leaks of actors and tasks, and handlers that do not come to their end.
    </Empty>
  );
}

interface Timed {
  readonly nowAtMs: number;
}

function StuckCard({ handler, nowAtMs }: Timed & { readonly handler: StuckHandler }): JSX.Element {
  const { id, busy, limitMs, chain, text } = handler;
  const what = busy.messageType === null ? `its ${busy.phase}` : busy.messageType;
  return (
    <article class="card card-warn">
      <header>
        <Icon name="stuck" />
        <h3>
          <ActorLink id={id} /> does not come to the end of {what}
        </h3>
        <span class="faint">
          for {durationText(nowAtMs - busy.sinceAtMs)}, its limit is {durationText(limitMs)}
        </span>
      </header>
      <p>{text}.</p>
      <p class="advice">{stuckAdvice(handler)}</p>
      <footer>
        {chain.map((link, at) => (
          <span key={link}>
            {at === 0 ? "" : " → "}
            <ActorLink id={link} />
          </span>
        ))}
        {busy.traceId === null ? null : <TraceLink traceId={busy.traceId} text="trace" />}
      </footer>
    </article>
  );
}

function WarningCard({ view, nowAtMs }: Timed & { readonly view: WarningView }): JSX.Element {
  const { controller } = useConsole();
  const { warning, actors, actorCount } = view;
  const { kind, type, raisedAtMs, text, advice } = warning;
  return (
    <article class="card card-warn">
      <header>
        <Icon name="warnings" />
        <h3>{text}</h3>
        <span class="faint">for {durationText(nowAtMs - raisedAtMs)}</span>
      </header>
      <p class="advice">{advice}</p>
      <footer>
        <span class="tag">{kind}</span>
        {actors.map((id) => (
          <ActorLink key={id} id={id} />
        ))}
        {type === null || actorCount === 0 ? null : (
          <button type="button" class="link" onClick={() => controller.openTab("actors", { type })}>
            {actorCount === 1 ? "show it" : `show all ${actorCount}`}
          </button>
        )}
      </footer>
    </article>
  );
}

const SHOWN_LETTERS = 30;

/** The last ones; numbers stay with them while newer ones come. */
function numbered(
  letters: readonly DeadLetterRow[],
): readonly { readonly letter: DeadLetterRow; readonly number: number }[] {
  return letters
    .slice(0, SHOWN_LETTERS)
    .map((letter, at) => ({ letter, number: letters.length - at }));
}

function DeadLetter({ letter }: { readonly letter: DeadLetterRow }): JSX.Element {
  const { messageType, kind, actorId, senderId, reason, traceId } = letter;
  return (
    <tr>
      <td>
        {messageType} <span class="faint">{kind}</span>
      </td>
      <td>
        <ActorLink id={actorId} />
      </td>
      <td>
        {senderId === null ? <span class="faint">outside</span> : <ActorLink id={senderId} />}
      </td>
      <td>{reason}</td>
      <td>{traceId === null ? null : <TraceLink traceId={traceId} />}</td>
    </tr>
  );
}

function DeadLetters({ letters }: { readonly letters: readonly DeadLetterRow[] }): JSX.Element {
  return (
    <section aria-label="Dead letters">
      <h3 class="section-title">
        Last dead letters{" "}
        <span class="faint">{plural(letters.length, "message")} that reached no handler</span>
      </h3>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Message</th>
            <th scope="col">To</th>
            <th scope="col">From</th>
            <th scope="col">Why</th>
            <th scope="col">Trace</th>
          </tr>
        </thead>
        <tbody>
          {numbered(letters).map(({ letter, number }) => (
            <DeadLetter key={number} letter={letter} />
          ))}
        </tbody>
      </table>
    </section>
  );
}
