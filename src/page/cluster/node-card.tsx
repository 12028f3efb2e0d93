import type { JSX } from "preact";
import { nodeText, nodeTone } from "../../viewer/cluster/cluster-texts.ts";
import { countText, durationText, momentText, plural } from "../../viewer/format.ts";
import type { ClusterNodeRow, NodeTypeRow } from "../../wire/cluster.ts";
import { Fact, Facts } from "../parts/facts.tsx";
import { useConsole } from "../state/console-context.ts";

interface NodeCardProps {
  readonly node: ClusterNodeRow;
  readonly nowAtMs: number;
}

/** A process of the cluster. */
export function NodeCard({ node, nowAtMs }: NodeCardProps): JSX.Element {
  const { controller } = useConsole();
  const tone = nodeTone(node);
  const { id, name, role, coordinator, self } = node;
  return (
    <article class={tone === "calm" ? "card" : `card card-${tone}`} aria-label={`Node ${id}`}>
      <header>
        <h3>{name}</h3>
        <span class="faint">
          {nodeText(node, nowAtMs)}
          {coordinator ? ", coordinator" : ""}
          {self ? ", this one" : ""}
        </span>
      </header>
      <NodeFacts node={node} nowAtMs={nowAtMs} />
      {role === "client" ? null : (
        <footer>
          <button type="button" class="link" onClick={() => controller.setParams({ runner: id })}>
            show its placements
          </button>
        </footer>
      )}
    </article>
  );
}

function NodeFacts({ node, nowAtMs }: NodeCardProps): JSX.Element {
  const { actors, capacity, leaseRemainingMs: leaseMs, healthScore, answerMs, joinedAtMs } = node;
  const limit = capacity === null ? "" : ` of ${countText(capacity)}`;
  return (
    <Facts>
      <Fact name="id">
        <span class="mono">{node.id}</span>
      </Fact>
      <Fact name="actors">{orNull(actors, (count) => `${countText(count)}${limit}`)}</Fact>
      <Fact name="types">{listed(node.types.map(typeText))}</Fact>
      <Fact name="lease">{orNull(leaseMs, (leftMs) => `${durationText(leftMs)} left`)}</Fact>
      <Fact name="health">{orNull(healthScore, healthText)}</Fact>
      <Fact name="answered">{orNull(answerMs, (tookMs) => `in ${durationText(tookMs)}`)}</Fact>
      <Fact name="joined">{orNull(joinedAtMs, (atMs) => momentText(atMs, nowAtMs))}</Fact>
      <Fact name="process">{orNull(node.host, (host) => `${host}, pid ${node.pid}`)}</Fact>
      <Fact name="labels">
        {listed(Object.entries(node.labels).map(([name, value]) => `${name}=${value}`))}
      </Fact>
    </Facts>
  );
}

function orNull<Value>(value: Value | null, text: (value: Value) => string): string | null {
  return value === null ? null : text(value);
}

function listed(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : texts.join(", ");
}

function typeText({ type, actors }: NodeTypeRow): string {
  return actors === null ? type : `${type} ${countText(actors)}`;
}

function healthText(score: number): string {
  return score === 0 ? "healthy" : `${plural(Math.ceil(score), "sign")} of trouble`;
}
