import { type Clock, KeepAlive } from "../base/clock.ts";
import { ViewerModel } from "../viewer/model.ts";
import { nameMatcher } from "../wire/actor-names.ts";
import type { Frame } from "../wire/answers.ts";
import type { ConsoleClient } from "./connection/console-client.ts";
import { FrameStream } from "./connection/frame-stream.ts";
import { requireSystem } from "./connection/require-system.ts";
import { summaryLines } from "./screen/header-lines.ts";
import type { ScreenParts } from "./screen/screen-parts.ts";
import { CURSOR_CELLS, labelCellText, printedColumns } from "./screen/table-columns.ts";
import { tableLines } from "./screen/table-lines.ts";
import { tableRows } from "./screen/table-rows.ts";
import { openView, type ViewOptions } from "./screen/view-state.ts";
import { displayWidth } from "./text/display-text.ts";
import type { Glyphs } from "./text/glyphs.ts";
import { textOf } from "./text/styled-line.ts";

/** Rate of the second frame. If nothing changes, it may not arrive. */
const RATE_HZ = 1;
const PATIENCE_MS = 2_000;

export interface OnceOptions extends ViewOptions {
  readonly client: ConsoleClient;
  readonly clock: Clock;
  readonly glyphs: Glyphs;
}

/**
 * Returns everything that the console knows as one line of JSON: a full frame, restricted to the requested
 * systems and actors.
 *
 * @throws {@link TopError} when the console cannot be read
 */
export async function onceAsJson(options: OnceOptions): Promise<string> {
  const [frame] = await takeFrames(options, 1);
  return `${JSON.stringify(narrow(frame, options))}\n`;
}

/**
 * Returns the table of all actors as plain text without colours and in full width. It takes a second, because
 * rates need two frames.
 *
 * @throws {@link TopError} when the console cannot be read
 */
export async function onceAsTable(options: OnceOptions): Promise<string> {
  const model = new ViewerModel();
  for (const frame of await takeFrames(options, 2)) model.apply(frame);
  const findings = model.findings();
  const state = { ...openView(options), selectedAt: -1 };
  const rows = tableRows(model, state);
  const { glyphs } = options;
  const connection = { kind: "live" } as const;
  const parts: ScreenParts = {
    model,
    findings,
    rows,
    state,
    connection,
    detail: undefined,
    keyLook: undefined,
    keyProblem: undefined,
    clusterLook: undefined,
    clusterProblem: undefined,
    glyphs,
  };
  const labels = rows.map((row) => displayWidth(labelCellText(row, glyphs)));
  const columns = printedColumns(model);
  const fixed = columns.reduce((sum, { width }) => sum + width + 1, CURSOR_CELLS);
  const width = fixed + labels.reduce((most, cells) => Math.max(most, cells), 20);
  const table = tableLines(parts, width, rows.length + 2, columns);
  const lines = [...summaryLines(parts), [], ...table].map((each) => textOf(each).trimEnd());
  return `${lines.join("\n")}\n`;
}

/** Returns the first `count` frames, or fewer if no more arrive in time. */
async function takeFrames(
  options: OnceOptions,
  count: number,
): Promise<readonly [Frame, ...Frame[]]> {
  const { client, clock } = options;
  const frames: Frame[] = [];
  const enough = Promise.withResolvers<void>();
  const timer = clock.schedule(
    () => frames.length > 0 && enough.resolve(),
    PATIENCE_MS,
    KeepAlive.No,
  );
  const stream = new FrameStream({
    client,
    clock,
    rateHz: RATE_HZ,
    after: undefined,
    onFrame(frame) {
      frames.push(frame);
      if (frames.length === count) enough.resolve();
    },
  });
  const ended = stream.run().catch((error: unknown) => {
    if (frames.length === 0) throw error;
  });
  try {
    await Promise.race([enough.promise, ended]);
  } finally {
    timer.cancel();
    stream.close();
  }
  const [first, ...others] = frames;
  if (first === undefined) throw client.notAConsole("it sends no data");
  requireSystem(
    options.system,
    first.snapshots.map(({ system }) => system.name),
  );
  return [first, ...others];
}

function narrow(frame: Frame, { system, filter }: ViewOptions): Frame {
  const hasName = nameMatcher(filter);
  const snapshots = frame.snapshots
    .filter((snapshot) => system === undefined || snapshot.system.name === system)
    .map((snapshot) => ({
      ...snapshot,
      actors: snapshot.actors.filter((row) => hasName(row)),
    }));
  return { ...frame, snapshots };
}
