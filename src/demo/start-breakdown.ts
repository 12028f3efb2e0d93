import type { Console, KeyDetail, StartupPhaseRow, StartupRow } from "../console.ts";

const BAR_CELLS = 24;
const PATIENCE_MS = 2_000;

/**
 * Returns a function that writes how the first order started, for which it reads the API of the console. Without a
 * console it does nothing.
 */
export function firstStart(
  view: Console | undefined,
  texts: Pick<NodeJS.WritableStream, "write">,
): (orderId: string) => void {
  let waiting = view;
  return (orderId) => {
    if (waiting === undefined) return;
    const reading = readStart(waiting, orderId);
    waiting = undefined;
    void reading.then((start) => {
      if (start !== undefined) texts.write(startBreakdown(orderId, start));
    });
  };
}

/** Reads the start of an order; `undefined` where it is not known. Never rejects. */
async function readStart(
  { url, token }: Console,
  orderId: string,
): Promise<StartupRow | undefined> {
  try {
    const answer = await fetch(new URL(`/api/keys/order%2F${orderId}`, url), {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!answer.ok) return undefined;
    return ((await answer.json()) as KeyDetail).start ?? undefined;
  } catch {
    return undefined; // the demo is stopping; nothing depends on this text
  }
}

/** Returns the steps of a start as text in the style of the start text, a bar for each. */
export function startBreakdown(orderId: string, start: StartupRow): string {
  const { durationMs, isNew, roundTrips, phases } = start;
  const trips = `${roundTrips} ${roundTrips === 1 ? "round trip" : "round trips"} to the store`;
  const how = isNew ? "created" : "woken";
  const width = Math.max(0, ...phases.map(({ phase }) => phase.length));
  const lines = phases.map((row) => {
    const code = row.owner === "user" ? "the order's code" : "limelight";
    const name = row.phase.padEnd(width);
    return `           ${name}  ${barOf(row, durationMs)}  ${millis(row.durationMs)}  ${code}\n`;
  });
  return `
  start    order ${orderId} was ${how} in ${millis(durationMs).trim()}, with ${trips}
${lines.join("")}
`;
}

function barOf({ startMs, durationMs }: StartupPhaseRow, totalMs: number): string {
  const cellsOf = (ms: number): number =>
    totalMs > 0 ? Math.round((ms / totalMs) * BAR_CELLS) : 0;
  const full = Math.min(BAR_CELLS, Math.max(1, cellsOf(durationMs)));
  const before = Math.max(0, Math.min(cellsOf(startMs), BAR_CELLS - full));
  return `${"·".repeat(before)}${"█".repeat(full)}${"·".repeat(BAR_CELLS - before - full)}`;
}

function millis(ms: number): string {
  return `${ms.toFixed(2).padStart(6)} ms`;
}
