import type { JSX } from "preact";
import { countText, durationText, percentText, rateText } from "../../viewer/format.ts";
import { edgeId, failedShare } from "../../viewer/map/edge-texts.ts";
import type { InteractionRow } from "../../wire/interactions.ts";
import { IconButton } from "../parts/controls.tsx";
import { useConsole } from "../state/console-context.ts";

interface EdgeDetailProps {
  readonly row: InteractionRow;
  readonly windowMs: number;
}

/** Everything that is known of one edge. */
export function EdgeDetail({ row, windowMs }: EdgeDetailProps): JSX.Element {
  const { controller } = useConsole();
  const { from, to, sent, failed, p50Ms, p95Ms, recent } = row;
  const types = from === null || from === to ? [to] : [from, to];
  return (
    <section class="map-detail" aria-label={`Messages ${edgeId(row)}`}>
      <header>
        <h2 class="mono">{edgeId(row)}</h2>
        <span class="map-detail-links">
          {types.map((type) => (
            <button
              key={type}
              type="button"
              class="link"
              onClick={() => controller.openTab("actors", { type })}
            >
              actors of {type}
            </button>
          ))}
          <button
            type="button"
            class="link"
            onClick={() => controller.openTab("traces", { type: to })}
          >
            traces of {to}
          </button>
        </span>
        <IconButton
          icon="close"
          label="Close (Esc)"
          onClick={() => controller.setParams({ open: "" })}
        />
      </header>
      <dl>
        <Figure name={`last ${durationText(windowMs)}`}>
          {countText(recent.sent)} messages, {rateText(recent.perSecond)}/s
        </Figure>
        <Figure name="failed of these">
          {countText(recent.failed)}
          {recent.failed === 0 ? "" : ` (${percentText(failedShare(row))})`}
        </Figure>
        <Figure name="ask p95">{durationText(recent.p95Ms)}</Figure>
        <Figure name="in all">
          {countText(sent)} messages, {countText(failed)} failed
        </Figure>
        <Figure name="asks in all">
          p50 {durationText(p50Ms)}, p95 {durationText(p95Ms)}
        </Figure>
      </dl>
    </section>
  );
}

function Figure({
  name,
  children,
}: {
  readonly name: string;
  readonly children: JSX.Element["props"]["children"];
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
