import type { JSX } from "preact";
import type { ActorView } from "../../viewer/console-view.ts";
import { actorName } from "../../wire/actor-names.ts";
import { ConditionTag } from "../parts/condition.tsx";
import { IconButton } from "../parts/controls.tsx";
import { Empty } from "../parts/empty.tsx";
import { ActorLink } from "../parts/links.tsx";
import { useAnswer, useConsole } from "../state/console-context.ts";
import { SECTIONS } from "./registry.ts";
import type { SectionProps } from "./section.ts";

const REFRESH_MS = 2_000;

/** The drawer of the open actor; renders nothing when no actor is open. */
export function Drawer(): JSX.Element | null {
  const { state, controller } = useConsole();
  const { view, route } = state;
  const id = route.params["actor"] ?? "";
  if (id === "" || view === null) return null;
  const actor = view.actor?.id === id ? view.actor : null;
  const name = actor?.row === undefined || actor.row === null ? null : actorName(actor.row);
  return (
    <aside class="drawer" aria-label={`Actor ${id}`}>
      <header class="drawer-head">
        <div class="drawer-title">
          {actor === null ? null : <Path actor={actor} />}
          <h2 class="mono" title={id}>
            {name ?? id}
          </h2>
          {actor?.row === null || actor === null ? null : (
            <p>
              <ConditionTag condition={actor.condition} />
              <span class="faint">
                {actor.row.type}
                {name === null ? "" : ` · ${id}`}
              </span>
            </p>
          )}
        </div>
        <IconButton
          icon="close"
          label="Close (Esc)"
          onClick={() => controller.setParams({ actor: "" })}
        />
      </header>
      <div class="drawer-body">
        {actor === null ? null : <Content key={id} actor={actor} nowAtMs={view.atMs} />}
      </div>
    </aside>
  );
}

function Path({ actor }: { readonly actor: ActorView }): JSX.Element | null {
  if (actor.ancestors.length === 0) return null;
  return (
    <p class="path">
      {actor.ancestors.map((id) => (
        <span key={id}>
          <ActorLink id={id} /> <span class="faint">›</span>{" "}
        </span>
      ))}
    </p>
  );
}

interface ContentProps {
  readonly actor: ActorView;
  readonly nowAtMs: number;
}

function Content({ actor, nowAtMs }: ContentProps): JSX.Element {
  const { state, controller } = useConsole();
  const { source } = controller;
  const { id, row } = actor;
  const extras = useAnswer(
    `${source.live} ${id}`,
    () => source.actor(id),
    source.live ? REFRESH_MS : 0,
  );
  if (row === null) {
    return (
      <Empty icon="stopped" title="This actor is not there">
        It has ended, or it was not yet there at the moment that is shown. Its traces and log lines
        may still be.
      </Empty>
    );
  }
  const props: SectionProps = { view: actor, row, extras: extras?.value ?? null, nowAtMs };
  return (
    <>
      {SECTIONS.filter(({ applies }) => applies(props)).map(({ title, Content: Section }) => (
        <section key={title} class="drawer-section">
          <h3>{title}</h3>
          <Section {...props} />
        </section>
      ))}
      <p class="drawer-foot">
        <button type="button" class="link" onClick={() => controller.openTab("logs", { of: id })}>
          its log lines
        </button>
        {state.atMs === null ? null : (
          <span class="faint"> Failures, connections, traces and state are of now.</span>
        )}
      </p>
    </>
  );
}
