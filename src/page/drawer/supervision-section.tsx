import type { JSX } from "preact";
import { durationText, plural } from "../../viewer/format.ts";
import { Fact, Facts } from "../parts/facts.tsx";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** The actor's supervision settings, and its failures and restarts. */
export const supervisionSection: SectionDefinition = {
  title: "Supervision",
  applies: () => true,
  Content: SupervisionSection,
};

function SupervisionSection({ row, view, nowAtMs }: SectionProps): JSX.Element {
  const { supervision, life, spawnedAtMs, lastError } = row;
  const { policy, strategy, maxRestarts, windowMs, restarts } = supervision;
  const limit = `at most ${plural(maxRestarts, "restart")} in ${durationText(windowMs)}`;
  return (
    <Facts>
      <Fact name="policy">
        {policy}, {limit}
      </Fact>
      <Fact name="restarts">
        <Restarts restarts={restarts} used={view.restartsInWindow} maxRestarts={maxRestarts} />
      </Fact>
      <Fact name="of its type">
        {view.type === null
          ? null
          : `${plural(view.type.failures, "failure")}, ${plural(view.type.restarts, "restart")}`}
      </Fact>
      <Fact name="strategy for children">{strategy}</Fact>
      <Fact name="life">
        number {life}; spawned {durationText(nowAtMs - spawnedAtMs)} ago
      </Fact>
      <Fact name="last error">
        {lastError === null ? null : <span class="bad mono">{lastError}</span>}
      </Fact>
    </Facts>
  );
}

interface RestartsProps {
  readonly restarts: number;
  /** Restarts within the window that this page has seen. */
  readonly used: number;
  readonly maxRestarts: number;
}

function Restarts({ restarts, used, maxRestarts }: RestartsProps): JSX.Element {
  return (
    <>
      <span class={restarts === 0 ? "" : "warn"}>{restarts} in all</span>, {used} of {maxRestarts}{" "}
      used now
      <span class="pips" aria-hidden="true">
        {pips(used, maxRestarts).map(({ number, used: isUsed }) => (
          <span key={number} class={isUsed ? "pip pip-used" : "pip"} />
        ))}
      </span>
    </>
  );
}

const MAX_PIPS = 10;

function pips(
  restarts: number,
  maxRestarts: number,
): readonly { readonly number: number; readonly used: boolean }[] {
  return Array.from({ length: Math.min(maxRestarts, MAX_PIPS) }, (_, at) => ({
    number: at + 1,
    used: at < restarts,
  }));
}
