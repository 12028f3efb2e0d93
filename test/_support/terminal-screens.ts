import { drawScreen } from "../../src/terminal/screen/draw-screen.ts";
import type { ScreenParts } from "../../src/terminal/screen/screen-parts.ts";
import { tableRows } from "../../src/terminal/screen/table-rows.ts";
import { openView, settle, type ViewState } from "../../src/terminal/screen/view-state.ts";
import { UNICODE_GLYPHS } from "../../src/terminal/text/glyphs.ts";
import { textOf } from "../../src/terminal/text/styled-line.ts";
import { ViewerModel } from "../../src/viewer/model.ts";
import type { Frame } from "../../src/wire/answers.ts";
import type { ActorRow, TypeRow } from "../../src/wire/snapshot.ts";
import { frameOf, type SnapshotParts, snapshotOf } from "./wire-rows.ts";

/** What tests say of a screen's parts. */
export type Wishes = Partial<Omit<ScreenParts, "state">> & { readonly state?: Partial<ViewState> };

/** The parts of a screen of `frames`, the cursor on its first row. */
export function partsOf(frames: readonly Frame[], { state, ...wishes }: Wishes = {}): ScreenParts {
  const model = new ViewerModel();
  for (const frame of frames) model.apply(frame);
  const view = { ...openView({ sort: undefined, filter: "", system: undefined }), ...state };
  const rows = tableRows(model, view);
  const keys = { look: wishes.keyLook, pageRows: 1_000, paneSurplus: 1_000 };
  const settled = settle(view, { rows, pageRows: 1_000, paneSurplus: 1_000, systems: [], keys });
  return {
    model,
    findings: model.findings(),
    rows,
    state: settled,
    connection: { kind: "live" },
    detail: undefined,
    keyLook: undefined,
    keyProblem: undefined,
    clusterLook: undefined,
    clusterProblem: undefined,
    glyphs: UNICODE_GLYPHS,
    ...wishes,
  };
}

/** A screen as text, a line each. */
export function draw(parts: ScreenParts, columns = 80, rows = 24): string[] {
  return drawScreen(parts, { columns, rows }).lines.map((line) => textOf(line).trimEnd());
}

/** The same as one text, of the whole state of one system. */
export function drawSnapshot(
  rows: readonly ActorRow[],
  parts: SnapshotParts,
  wishes?: Wishes,
): string {
  return draw(partsOf([frameOf([snapshotOf(rows, parts)])], wishes)).join("\n");
}

/** An actor type that has handled three messages `n`, `n` / 2 and `n` / 6 times. */
export function deskType(
  type: string,
  names: readonly [string, string, string],
  n: number,
): TypeRow {
  const messages = names.map((messageType, at) => ({
    messageType,
    kind: "ask",
    sent: n,
    handled: Math.round(n / [1, 2, 6][at]!),
    failed: at === 1 ? 2 : 0,
    wait: null,
    process: { count: 1, meanMs: 1, p50Ms: 1, p90Ms: 1, p99Ms: 12, maxMs: 1 },
  }));
  return {
    type,
    active: 1,
    started: 1,
    stopped: 0,
    mailboxDepth: 0,
    tasks: 0,
    failures: 0,
    restarts: 0,
    rejected: 0,
    deadLetters: 0,
    askTimeouts: 0,
    asks: null,
    messages,
  };
}
