import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseAddress } from "../../src/terminal/connection/console-address.ts";
import { ConsoleClient } from "../../src/terminal/connection/console-client.ts";
import { SortBy, sortKeyOf, usualOrder } from "../../src/terminal/screen/sort-by.ts";
import { Session } from "../../src/terminal/session.ts";
import { UNICODE_GLYPHS } from "../../src/terminal/text/glyphs.ts";
import { textOf } from "../../src/terminal/text/styled-line.ts";
import { ManualClock } from "../../src/testing.ts";
import { ConsoleEngine } from "../../src/viewer/engine.ts";
import { countText, rateText } from "../../src/viewer/format.ts";
import { ALL_LOGS } from "../../src/viewer/log-buffer.ts";
import { ALL_TRACES } from "../../src/viewer/traces/trace-buffer.ts";
import { ALL_ACTORS } from "../../src/viewer/tree.ts";
import { actorLabel } from "../../src/wire/actor-names.ts";
import type { Frame } from "../../src/wire/answers.ts";
import { until } from "../_support/telemetry-until.ts";
import { World, worldSteps } from "../_support/wire-worlds.ts";

/** What a viewer shows of an actor, as the texts that are on the screen. */
interface Shown {
  readonly label: string;
  readonly level: number;
  readonly condition: string;
  readonly rate: string;
  readonly restarts: string;
  /** Empty without connections, and where nothing has any. */
  readonly connections: string;
}

const KEYS: Readonly<Record<SortBy, string>> = {
  [SortBy.Id]: "i",
  [SortBy.Name]: "n",
  [SortBy.State]: "s",
  [SortBy.Mailbox]: "m",
  [SortBy.Rate]: "g",
  [SortBy.Restarts]: "r",
};
const SIZE = { columns: 160, rows: 60 };

/** What `limelight top` shows of a console that has sent `frames` and then hung up. */
class Top implements Disposable {
  readonly #session: Session;

  private constructor(frames: readonly Frame[]) {
    const events = frames.map(
      (frame) => `id: ${frame.sequence}\nevent: frame\ndata: ${JSON.stringify(frame)}\n\n`,
    );
    const answer = (): Response =>
      new Response(events.join(""), { headers: { "content-type": "text/event-stream" } });
    this.#session = new Session({
      client: new ConsoleClient(parseAddress("127.0.0.1:1"), () => Promise.resolve(answer())),
      clock: new ManualClock(),
      glyphs: UNICODE_GLYPHS,
      sort: undefined,
      filter: "",
      system: undefined,
    });
  }

  static async open(frames: readonly Frame[]): Promise<Top> {
    const top = new Top(frames);
    await top.#session.open();
    await until(() => top.#lines()[0]?.includes("LOST") === true, "the end of the frames");
    return top;
  }

  /** The rows of the table, sorted by the key that a user presses. */
  rows(by: SortBy): readonly Shown[] {
    if (by !== SortBy.Id) this.#session.press(KEYS[by]);
    const lines = this.#lines();
    const at = lines.findIndex((line) => line.includes("ACTOR"));
    const head = lines[at] ?? "";
    const end = lines.findIndex((line, each) => each > at && line.trim() === "");
    const rows = lines.slice(at + 1, end).filter((line) => !line.includes("no actors"));
    return rows.map((line) => rowOf(line, head));
  }

  #lines(): readonly string[] {
    return this.#session.draw(SIZE).lines.map(textOf);
  }

  [Symbol.dispose](): void {
    this.#session.close();
  }
}

function rowOf(line: string, head: string): Shown {
  const place = /^[› ] (?<indent> *)[▾▸·] (?<label>\S+(?: #\d+)?)/u.exec(line)?.groups ?? {};
  const cellFrom = (title: string): string => line.slice(head.indexOf(title)).split(" ")[0] ?? "";
  /** Of a column whose title and cells end at the same place. */
  const cellTo = (title: string): string => {
    const end = head.indexOf(title) + title.length;
    return line.slice(0, end).split(" ").at(-1) ?? "";
  };
  return {
    label: place["label"] ?? "",
    level: (place["indent"]?.length ?? 0) / 2,
    condition: cellFrom("STATE"),
    rate: cellTo(head.includes("MSG/S↓") ? "MSG/S↓" : "MSG/S"),
    restarts: cellTo(head.includes("RST↓") ? "RST↓" : "RST"),
    connections: head.includes("CONN") ? cellTo("CONN") : "",
  };
}

/** What the page shows of the same. */
function pageRows(engine: ConsoleEngine, by: SortBy): readonly Shown[] {
  const window = { from: 0, count: 100 };
  const { actors } = engine.view({
    system: "",
    atMs: null,
    tab: "actors",
    actors: { ...ALL_ACTORS, sort: sortKeyOf(by), descending: usualOrder(by).descending },
    actorWindow: window,
    actorId: "",
    logs: ALL_LOGS,
    logWindow: window,
    followLogs: true,
    traces: ALL_TRACES,
    traceWindow: window,
    tracesHeldAtMs: null,
  });
  return (actors?.lines ?? []).map((line) => {
    assert.ok(line.kind === "actor");
    const { level, condition, rate, restarts, connections } = line;
    return {
      label: actorLabel(line),
      level,
      condition,
      rate: rateText(rate),
      restarts: countText(restarts),
      connections: connections === 0 ? "" : countText(connections),
    };
  });
}

describe("the page and limelight top", () => {
  it("show the same word, rate, restarts, connections and order for every actor of 300 random worlds", async () => {
    const worlds = fc.asyncProperty(
      worldSteps(12),
      fc.constantFrom(250, 500, 1_000, 4_000),
      async (steps, tickMs) => {
        const world = new World(tickMs);
        const frames = steps.map((step) => world.step(step));
        const engine = new ConsoleEngine();
        for (const frame of frames) assert.ok(engine.apply(frame));
        using top = await Top.open(frames);

        for (const by of Object.values(SortBy)) {
          const rows = pageRows(engine, by);
          assert.equal(rows.length, world.rows.size);
          assert.deepEqual(top.rows(by), rows, by);
        }
      },
    );
    await fc.assert(worlds, { numRuns: 300 });
  });
});
