import type { JSX } from "preact";
import type { WaitsView } from "../../viewer/console-view.ts";
import { durationText, plural } from "../../viewer/format.ts";
import { BRIEF_MS, type WaitLink } from "../../viewer/wait-layout.ts";
import { deadlockEnd, waitKey, waitSentence } from "../../viewer/wait-texts.ts";
import type { Deadlock } from "../../wire/snapshot.ts";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { ActorLink, TraceLink } from "../parts/links.tsx";
import { useConsole } from "../state/console-context.ts";
import type { TabDefinition } from "./tab.ts";
import { WaitGraphView } from "./wait-graph-view.tsx";

/** Which actors wait for which. */
export const waitsTab: TabDefinition = {
  id: "waits",
  label: "Waits",
  icon: "waits",
  Content: WaitsTab,
  badge: ({ systems }) => {
    const count = systems.reduce((sum, { deadlocks }) => sum + deadlocks.length, 0);
    return count === 0 ? null : { count, tone: "bad" };
  },
};

function WaitsTab(): JSX.Element {
  const waits = useConsole().state.view?.waits ?? null;
  if (waits === null) return <div class="tab-body" />;
  if (waits.graph.links.length === 0) return <NoWaits brief={waits.graph.brief} />;
  return (
    <div class="tab-body waits">
      <div class="waits-graph">
        <WaitGraphView graph={waits.graph} />
      </div>
      <div class="waits-side">
        {waits.deadlocks.length === 0 ? <NoDeadlock /> : null}
        {waits.deadlocks.map((deadlock) => (
          <DeadlockCard key={deadlock.id} deadlock={deadlock} />
        ))}
        <LongestWaits waits={waits} />
      </div>
    </div>
  );
}

function NoWaits({ brief }: { readonly brief: number }): JSX.Element {
  return (
    <div class="tab-body">
      <Empty icon="good" title={brief === 0 ? "No waits" : "No long waits"} tone="good">
        No deadlock. The monitor checks four times a second.
        {brief === 0 ? "" : ` ${plural(brief, "wait")} of less than ${durationText(BRIEF_MS)}.`}
      </Empty>
    </div>
  );
}

function NoDeadlock(): JSX.Element {
  return (
    <p class="note note-good">
      <Icon name="good" />
      No deadlock. The monitor checks four times a second.
    </p>
  );
}

function DeadlockCard({ deadlock }: { readonly deadlock: Deadlock }): JSX.Element {
  const { state } = useConsole();
  const nowAtMs = state.view?.atMs ?? 0;
  const { kind, members, detectedAtMs, blocked } = deadlock;
  return (
    <article class="card card-bad">
      <header>
        <Icon name="deadlock" />
        <h3>
          Deadlock of {plural(members.length, "actor")} <span class="tag">{kind}</span>
        </h3>
        <span class="faint">for {durationText(nowAtMs - detectedAtMs)}</span>
      </header>
      <p class="strong">{deadlockEnd(deadlock, nowAtMs)}</p>
      {blocked === 0 ? null : <p>{plural(blocked, "more actor")} cannot go on because of it.</p>}
      <p>Each waits for the next, so none of them can go on:</p>
      <ol class="cycle">
        {members.map(({ id, messageType, waits }) => (
          <li key={id}>
            <ActorLink id={id} />
            <span class="faint">{messageType === null ? "" : ` handles ${messageType} and`}</span>
            {waits.map((wait) => (
              <span key={wait.targetId}>
                {" "}
                {waitSentence(wait)}{" "}
                {wait.traceId === null ? null : <TraceLink traceId={wait.traceId} text="trace" />}
              </span>
            ))}
          </li>
        ))}
      </ol>
    </article>
  );
}

const SHOWN = 40;

function LongestWaits({ waits }: { readonly waits: WaitsView }): JSX.Element {
  const { state } = useConsole();
  const nowAtMs = state.view?.atMs ?? 0;
  return (
    <section aria-label="Longest waits">
      <h3 class="section-title">
        Longest waits <span class="faint">{waits.waits}</span>
      </h3>
      <ul class="wait-list">
        {waits.longest.slice(0, SHOWN).map((link) => (
          <WaitLine key={waitKey(link)} link={link} nowAtMs={nowAtMs} />
        ))}
      </ul>
    </section>
  );
}

function WaitLine({
  link,
  nowAtMs,
}: {
  readonly link: WaitLink;
  readonly nowAtMs: number;
}): JSX.Element {
  const { from, wait } = link;
  return (
    <li>
      <span class="number wait-age">{durationText(nowAtMs - wait.sinceAtMs)}</span>
      <span>
        <ActorLink id={from} /> {waitSentence(wait)}
      </span>
    </li>
  );
}
