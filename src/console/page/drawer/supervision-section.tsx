import type { JSX } from "preact";
import { durationText, plural } from "../../viewer/format.ts";
import { Facts } from "../parts/facts.tsx";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** What happens when it fails, and how often that has been. */
export const supervisionSection: SectionDefinition = {
  title: "Supervision",
  applies: () => true,
  Content: SupervisionSection,
};

function SupervisionSection({ row, view, nowAtMs }: SectionProps): JSX.Element {
  const { supervision, generation, spawnedAtMs, lastError } = row;
  const { policy, strategy, maxRestarts, windowMs, restarts } = supervision;
  const limit = `at most ${plural(maxRestarts, "restart")} in ${durationText(windowMs)}`;
  return (
    <>
      <Facts
        facts={[
          ["policy", `${policy}, ${limit}`],
          ["restarts", <Restarts key="restarts" restarts={restarts} maxRestarts={maxRestarts} />],
          [
            "of its type",
            view.type === null
              ? null
              : `${plural(view.type.failures, "failure")}, ${plural(view.type.restarts, "restart")}`,
          ],
          ["strategy for children", strategy],
          ["life", `number ${generation}; spawned ${durationText(nowAtMs - spawnedAtMs)} ago`],
          ["last error", lastError === null ? null : <span class="bad mono">{lastError}</span>],
        ]}
      />
    </>
  );
}

interface RestartsProps {
  readonly restarts: number;
  readonly maxRestarts: number;
}

/** The budget is for a window; how much of it is used is not told, so all restarts are shown beside it. */
function Restarts({ restarts, maxRestarts }: RestartsProps): JSX.Element {
  return (
    <span class={restarts === 0 ? "" : "warn"}>
      {restarts} in all{" "}
      <span class="pips" aria-hidden="true">
        {Array.from({ length: Math.min(maxRestarts, 10) }, (_, at) => (
          <span key={at} class={at < restarts ? "pip pip-used" : "pip"} />
        ))}
      </span>
    </span>
  );
}
