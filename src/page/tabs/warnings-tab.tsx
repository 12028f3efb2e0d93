import type { JSX } from "preact";
import { attentionOf } from "../../viewer/attention.ts";
import type { WarningView } from "../../viewer/console-view.ts";
import { clockText, durationText, plural } from "../../viewer/format.ts";
import { deadlockEnd, stuckAdvice } from "../../viewer/wait-texts.ts";
import type { DeadLetterRow, Deadlock, StuckHandler } from "../../wire/snapshot.ts";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { ActorLink, TraceLink } from "../parts/links.tsx";
import { useConsole } from "../state/console-context.ts";
import { Connection } from "../state/worker-messages.ts";
import type { TabDefinition } from "./tab.ts";

/** The monitor's findings. */
export const warningsTab: TabDefinition = {
  id: "warnings",
  label: "Warnings",
  icon: "warnings",
  Content: WarningsTab,
  badge: (view) => {
    const { warnings: count } = attentionOf(view);
    return count === 0 ? null : { count, tone: "warn" };
  },
};

function WarningsTab(): JSX.Element {
  const { view } = useConsole().state;
  if (view === null || view.warnings === null) return <div class="tab-body" />;
  const { warnings, atMs: nowAtMs } = view;
  const { stuck, deadLetters } = warnings;
  const { deadlocks, elsewhere, warnings: count } = attentionOf(view);
  return (
    <div class="tab-body scroll">
      <div class="column">
        {count === 0 && deadlocks.length === 0 ? <NoWarnings atMs={nowAtMs} /> : null}
        {deadlocks.map(({ system, deadlock }) => (
          <DeadlockCard key={deadlock.id} system={system} deadlock={deadlock} nowAtMs={nowAtMs} />
        ))}
        {elsewhere.map((other) => (
          <OtherSystem key={other.system} {...other} />
        ))}
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

/** Shown without warnings. For a moment of the past, it includes the time. */
function NoWarnings({ atMs }: { readonly atMs: number }): JSX.Element {
  const { connection, atMs: pausedAtMs } = useConsole().state;
  const isNow = connection === Connection.Live && pausedAtMs === null;
  return (
    <Empty
      icon="good"
      title={isNow ? "No warnings" : `No warnings at ${clockText(atMs)}`}
      tone="good"
    >
      The monitor watches for deadlocks, growing mailboxes, restart storms, dead letters, time-outs
      of asks, a blocked event loop, leaks of actors and tasks, and handlers that do not end.
    </Empty>
  );
}

interface OtherSystemProps {
  readonly system: string;
  readonly count: number;
}

function OtherSystem({ system, count }: OtherSystemProps): JSX.Element {
  const { controller } = useConsole();
  return (
    <p>
      The system {system} has{" "}
      <button type="button" class="link" onClick={() => controller.openTab("warnings", { system })}>
        {plural(count, "warning")}
      </button>
      .
    </p>
  );
}

interface DeadlockCardProps extends Timed {
  readonly system: string;
  readonly deadlock: Deadlock;
}

function DeadlockCard({ system, deadlock, nowAtMs }: DeadlockCardProps): JSX.Element {
  const { controller } = useConsole();
  return (
    <article class="card card-bad">
      <header>
        <Icon name="deadlock" />
        <h3>Deadlock of {plural(deadlock.members.length, "actor")}</h3>
        <span class="faint">for {durationText(nowAtMs - deadlock.detectedAtMs)}</span>
      </header>
      <p>{deadlock.text}.</p>
      <p class="advice">{deadlockEnd(deadlock, nowAtMs)}</p>
      <footer>
        <button type="button" class="link" onClick={() => controller.openTab("waits", { system })}>
          show in Waits
        </button>
      </footer>
    </article>
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

/** Numbers the latest rows. A row keeps its number when newer ones arrive. */
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
