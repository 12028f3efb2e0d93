import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { placementText } from "../../viewer/cluster/cluster-texts.ts";
import { bytesText, countText, durationText, momentText } from "../../viewer/format.ts";
import type { KeyPlacement } from "../../wire/cluster.ts";
import type { KeyDetail } from "../../wire/keys.ts";
import { RunnerLink } from "../cluster/key-link.tsx";
import { ActionButton, useAction, useActionsAllowed } from "../parts/action-button.tsx";
import { AwakeList } from "../parts/awake-list.tsx";
import { IconButton } from "../parts/controls.tsx";
import { Empty } from "../parts/empty.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { ActorLink } from "../parts/links.tsx";
import { StartupBars } from "../parts/startup-bars.tsx";
import { useAnswer, useConsole } from "../state/console-context.ts";
import { AwakeTag } from "./key-parts.tsx";
import { Queues, Schedules } from "./key-work.tsx";

const REFRESH_MS = 2_000;

interface KeyPaneProps {
  readonly id: string;
  readonly system: string;
  /** Called when an action has changed something. */
  readonly onChange: () => void;
}

/** What is stored of one key, and its actor if it is awake. */
export function KeyPane({ id, system, onChange }: KeyPaneProps): JSX.Element {
  const { controller } = useConsole();
  const { source } = controller;
  const [changes, setChanges] = useState(0);
  const answer = useAnswer(
    `${source.live} ${system} ${id} ${changes}`,
    () => source.key(id, system),
    source.live ? REFRESH_MS : 0,
  );
  const [known, setKnown] = useState<KeyDetail | null>(null);
  if (answer !== null && answer.value !== known) setKnown(answer.value);
  const detail = answer === null ? known : answer.value;
  const act = useAction(() => {
    setChanges(changes + 1);
    onChange();
  });
  const perform: Perform = (action, fields = {}) =>
    act(`${action} of ${id}`, { action, id, system, ...fields });
  return (
    <section class="pane" aria-label={`Key ${id}`}>
      <header class="pane-head">
        <div class="pane-title">
          <h2 class="mono">{id}</h2>
          {detail === null ? null : <AwakeTag awake={detail.key.awake} />}
        </div>
        <IconButton
          icon="close"
          label="Close (Esc)"
          onClick={() => controller.setParams({ key: "" })}
        />
      </header>
      <div class="pane-body">
        {detail === null ? (
          <Missing problem={answer?.problem ?? null} />
        ) : (
          <Content detail={detail} perform={perform} />
        )}
      </div>
    </section>
  );
}

/** Performs an action on the shown key. */
export type Perform = (action: string, fields?: Readonly<Record<string, string>>) => void;

function Missing({ problem }: { readonly problem: string | null }): JSX.Element | null {
  if (problem === null) return null;
  return (
    <Empty icon="keys" title="This key cannot be shown">
      {problem}
    </Empty>
  );
}

interface ContentProps {
  readonly detail: KeyDetail;
  readonly perform: Perform;
}

function Content({ detail, perform }: ContentProps): JSX.Element {
  const { view } = useConsole().state;
  const nowAtMs = view?.newestAtMs ?? 0;
  const { actor, start, schedules, queues } = detail;
  const work = { nowAtMs, perform };
  return (
    <>
      <KeyFacts detail={detail} nowAtMs={nowAtMs} />
      <KeyActions awake={detail.key.awake} id={detail.key.id} perform={perform} />
      {actor === null ? null : (
        <Part title="Why is it awake?">
          <AwakeList reasons={actor.awake} nowAtMs={nowAtMs} sleepsAtMs={actor.sleepsAtMs} />
        </Part>
      )}
      {start === null ? null : (
        <Part title="Last start">
          <StartupBars start={start} />
        </Part>
      )}
      {schedules.length === 0 ? null : (
        <Part title="Schedules">
          <Schedules schedules={schedules} more={detail.moreSchedules} {...work} />
        </Part>
      )}
      {queues.length === 0 ? null : (
        <Part title="Queues">
          <Queues queues={queues} {...work} />
        </Part>
      )}
      <Part title="Stored state">
        <State detail={detail} />
      </Part>
    </>
  );
}

interface PartProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

function Part({ title, children }: PartProps): JSX.Element {
  return (
    <section class="key-part" aria-label={title}>
      <h3 class="section-title">{title}</h3>
      {children}
    </section>
  );
}

interface KeyFactsProps {
  readonly detail: KeyDetail;
  readonly nowAtMs: number;
}

function KeyFacts({ detail, nowAtMs }: KeyFactsProps): JSX.Element {
  const { key, actor, version, createdAtMs, expiresAtMs, placement } = detail;
  return (
    <Facts>
      <Fact name="actor">
        {actor === null ? null : (
          <>
            <ActorLink id={actor.id} /> <span class="faint">{actor.state}</span>
          </>
        )}
      </Fact>
      <Fact name="runner">{placement === undefined ? null : <Runner placement={placement} />}</Fact>
      <Fact name="activations">{countText(key.generation)}</Fact>
      <Fact name="created">{momentText(createdAtMs, nowAtMs)}</Fact>
      <Fact name="used">{durationText(Math.max(0, nowAtMs - key.usedAtMs))} ago</Fact>
      <Fact name="expires">{expiresAtMs === null ? null : momentText(expiresAtMs, nowAtMs)}</Fact>
      <Fact name="state">
        {bytesText(key.stateBytes)}, version {version}
      </Fact>
    </Facts>
  );
}

/** Where the actor is in its cluster, and why. */
function Runner({ placement }: { readonly placement: KeyPlacement }): JSX.Element {
  const { runnerId } = placement;
  return (
    <>
      {runnerId === null ? null : <RunnerLink id={runnerId} />}{" "}
      <span class="faint">{placementText(placement)}</span>
    </>
  );
}

interface KeyActionsProps {
  readonly awake: boolean;
  readonly id: string;
  readonly perform: Perform;
}

function KeyActions({ awake, id, perform }: KeyActionsProps): JSX.Element {
  if (!useActionsAllowed()) {
    return (
      <p class="hint key-part">
        Actions are disabled. Set allowActions to wake, put to sleep or destroy it here.
      </p>
    );
  }
  return (
    <div class="actions key-part">
      {awake ? (
        <ActionButton verb="sleep" of={id} act={() => perform("sleep")} />
      ) : (
        <ActionButton verb="wake" of={id} act={() => perform("wake")} />
      )}
      <ActionButton verb="destroy" of={id} confirm act={() => perform("destroy")} />
    </div>
  );
}

function State({ detail }: { readonly detail: KeyDetail }): JSX.Element {
  if (!("state" in detail)) {
    return (
      <p class="hint">
        {detail.key.stateBytes === 0
          ? "It has no state."
          : "States are not shown. Set showState to see them here."}
      </p>
    );
  }
  return <pre class="code">{JSON.stringify(detail.state, null, 2)}</pre>;
}
