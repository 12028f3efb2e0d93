import { durationText, plural } from "../../viewer/format.ts";
import type { StartupPhaseRow, StartupRow } from "../../wire/keys.ts";
import { fit, fitRight } from "../text/display-text.ts";
import type { Glyphs } from "../text/glyphs.ts";
import type { InspectPage } from "../text/inspect-page.ts";
import { span, Tone } from "../text/styled-line.ts";

const PHASE_CELLS = 20;
const BAR_CELLS = 24;

/** Adds the start of a keyed actor, a bar for each step. */
export function addStart(page: InspectPage, start: StartupRow, glyphs: Glyphs): void {
  const { durationMs, isNew, outcome, errorType, roundTrips, traceId, phases } = start;
  const created = isNew ? "created, " : "";
  page.add(
    "start",
    span(durationText(durationMs), Tone.Strong),
    span(`  ${created}${plural(roundTrips, "round trip")}`, Tone.Dim),
    ...(outcome === null ? [span("  still starting", Tone.Warn)] : []),
    ...(outcome === null || outcome === "ok"
      ? []
      : [span(`  failed: ${errorType ?? outcome}`, Tone.Bad)]),
  );
  for (const phase of phases) addPhase(page, phase, durationMs, glyphs);
  if (traceId !== null) page.add("", span(`trace ${traceId}`, Tone.Dim));
}

function addPhase(
  page: InspectPage,
  { phase, owner, startMs, durationMs, outcome }: StartupPhaseRow,
  totalMs: number,
  { barFull, barEmpty }: Glyphs,
): void {
  const cellsOf = (ms: number): number =>
    totalMs > 0 ? Math.round((ms / totalMs) * BAR_CELLS) : 0;
  const full = Math.min(BAR_CELLS, Math.max(1, cellsOf(durationMs)));
  const before = Math.max(0, Math.min(cellsOf(startMs), BAR_CELLS - full));
  const tone = outcome !== "ok" ? Tone.Bad : owner === "user" ? Tone.Warn : Tone.Busy;
  page.add(
    "",
    span(fit(phase, PHASE_CELLS)),
    span(barEmpty.repeat(before), Tone.Dim),
    span(barFull.repeat(full), tone),
    span(barEmpty.repeat(BAR_CELLS - before - full), Tone.Dim),
    span(fitRight(durationText(durationMs), 9)),
    span(` ${owner}${outcome === "ok" ? "" : ` ${outcome}`}`, Tone.Dim),
  );
}
