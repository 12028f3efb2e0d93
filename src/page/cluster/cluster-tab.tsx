import type { ComponentChildren, JSX } from "preact";
import { clusterFaults, moveText } from "../../viewer/cluster/cluster-texts.ts";
import { countText, durationText, momentText, plural } from "../../viewer/format.ts";
import type { ClusterMoveRow, ClusterRow } from "../../wire/cluster.ts";
import { Empty } from "../parts/empty.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { Icon } from "../parts/icon.tsx";
import { useAnswer, useConsole } from "../state/console-context.ts";
import type { TabDefinition } from "../tabs/tab.ts";
import { DeadLetters } from "./dead-letters.tsx";
import { KeyLink } from "./key-link.tsx";
import { NodeCard } from "./node-card.tsx";
import { Placements } from "./placements.tsx";

const REFRESH_MS = 3_000;

/** All nodes of the cluster that the process belongs to, where actors are, and why they have moved. */
export const clusterTab: TabDefinition = {
  id: "cluster",
  label: "Cluster",
  icon: "cluster",
  Content: ClusterTab,
};

function ClusterTab(): JSX.Element {
  const { state, controller } = useConsole();
  const { source } = controller;
  const answer = useAnswer(
    `cluster ${source.live}`,
    () => source.cluster(),
    source.live ? REFRESH_MS : 0,
  );
  if (answer === null) return <div class="tab-body" />;
  if (answer.problem !== null) {
    return (
      <Empty icon="cluster" title="The cluster cannot be shown">
        {answer.problem}
      </Empty>
    );
  }
  const shown = state.view?.system?.system.name;
  const cluster = answer.value.find(({ system }) => system === shown) ?? answer.value[0];
  if (cluster === undefined) return <NoCluster />;
  const nowAtMs = state.view?.newestAtMs ?? 0;
  return (
    <div class="tab-body scroll">
      <Faults cluster={cluster} />
      <div class="cluster-cards">
        <About cluster={cluster} nowAtMs={nowAtMs} />
        {cluster.nodes.map((node) => (
          <NodeCard key={node.id} node={node} nowAtMs={nowAtMs} />
        ))}
      </div>
      <div class="cluster-lists">
        <Section title="Placements">
          <Placements system={cluster.system} />
        </Section>
        <div class="cluster-lists-beside">
          <Section title="Last moves">
            <Moves moves={cluster.moves} nowAtMs={nowAtMs} />
          </Section>
          <Section title="Dead letters">
            <DeadLetters system={cluster.system} />
          </Section>
        </div>
      </div>
    </div>
  );
}

interface SectionProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

function Section({ title, children }: SectionProps): JSX.Element {
  return (
    <section class="card" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Faults({ cluster }: { readonly cluster: ClusterRow }): JSX.Element | null {
  const faults = clusterFaults(cluster);
  if (faults.length === 0) return null;
  return (
    <div class="cluster-faults" role="status">
      {faults.map((text) => (
        <p key={text} class="note note-warn">
          <Icon name="alert" />
          <span>{text}</span>
        </p>
      ))}
    </div>
  );
}

interface AboutProps {
  readonly cluster: ClusterRow;
  readonly nowAtMs: number;
}

function About({ cluster, nowAtMs }: AboutProps): JSX.Element {
  const { engine, coordinator, logs, moreNodes } = cluster;
  const { placements } = coordinator;
  return (
    <article class="card">
      <h3>Cluster of {cluster.system}</h3>
      <Facts>
        <Fact name="engine">
          {engine.name} {engine.serverVersion ?? ""}{" "}
          <span class="faint">
            {engine.connected ? "" : "not "}connected, {plural(engine.replicas, "copy", "copies")}
          </span>
        </Fact>
        <Fact name="durability">{engine.durability}</Fact>
        <Fact name="coordinator">
          {coordinator.nodeId === null ? (
            "none"
          ) : (
            <>
              <span class="mono">{coordinator.nodeId}</span>{" "}
              <span class="faint">term {coordinator.term ?? "?"}</span>
            </>
          )}
        </Fact>
        <Fact name="placements">
          {placements === null
            ? null
            : Object.entries(placements)
                .filter(([, count]) => count > 0)
                .map(([status, count]) => `${countText(count)} ${status}`)
                .join(", ") || "none"}
        </Fact>
        <Fact name="nodes">
          {countText(cluster.nodes.length)}
          {moreNodes ? ", more are not listed" : ""}
        </Fact>
        {logs.map(({ log, messages, oldestAtMs }) => (
          <Fact key={log} name={log.replace("_", " ")}>
            {countText(messages)}
            {oldestAtMs === null ? null : (
              <span class="faint">
                , oldest {durationText(Math.max(0, nowAtMs - oldestAtMs))} ago
              </span>
            )}
          </Fact>
        ))}
      </Facts>
    </article>
  );
}

interface MovesProps {
  readonly moves: readonly ClusterMoveRow[];
  readonly nowAtMs: number;
}

function Moves({ moves, nowAtMs }: MovesProps): JSX.Element {
  if (moves.length === 0) return <p class="hint">No actor has moved lately.</p>;
  return (
    <ul class="key-items">
      {moves.map((move) => (
        <li key={`${move.id} ${move.generation}`}>
          <span class="key-item">
            <KeyLink id={move.id} /> {moveText(move)}
          </span>
          <span class="faint">
            {momentText(move.atMs, nowAtMs)}, by {move.by}
          </span>
        </li>
      ))}
    </ul>
  );
}

function NoCluster(): JSX.Element {
  return (
    <Empty icon="cluster" title="No cluster">
      A system that is created with the option engine shares its keyed actors with other processes.
    </Empty>
  );
}
