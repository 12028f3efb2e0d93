import { type Clock, type ClockTimer, KeepAlive } from "../base/clock.ts";
import { ViewerModel } from "../viewer/model.ts";
import type { EntryLine } from "../viewer/tree.ts";
import type { Frame } from "../wire/answers.ts";
import type { Findings } from "../wire/condition.ts";
import { ActorDetails } from "./connection/actor-details.ts";
import { ClusterLooks } from "./connection/cluster-looks.ts";
import { Connection } from "./connection/connection.ts";
import type { ConnectionState } from "./connection/connection-state.ts";
import type { ConsoleClient } from "./connection/console-client.ts";
import { KeyLooks } from "./connection/key-looks.ts";
import { wishOf } from "./key-view/key-view-state.ts";
import { press } from "./keys.ts";
import { type Drawing, drawScreen, type ScreenSize } from "./screen/draw-screen.ts";
import type { ScreenParts } from "./screen/screen-parts.ts";
import { tableRows } from "./screen/table-rows.ts";
import {
  Overlay,
  openView,
  settle,
  type ViewOptions,
  type ViewState,
  type Visible,
} from "./screen/view-state.ts";
import type { Glyphs } from "./text/glyphs.ts";

/** Minimum interval between draws caused by frames. Keys are drawn immediately. */
const LEAST_BETWEEN_DRAWINGS_MS = 200;

export interface SessionOptions extends ViewOptions {
  readonly client: ConsoleClient;
  readonly clock: Clock;
  readonly glyphs: Glyphs;
}

/**
 * State of the terminal view: the actors and the user's selection. It is independent of how lines reach the
 * terminal and how keys are read.
 */
export class Session {
  readonly #clock: Clock;
  readonly #glyphs: Glyphs;
  readonly #model = new ViewerModel();
  readonly #connection: Connection;
  readonly #details: ActorDetails;
  readonly #keyLooks: KeyLooks;
  readonly #clusterLooks: ClusterLooks;
  readonly #listeners = new Set<() => void>();
  #connectionState: ConnectionState = { kind: "connecting" };
  #state: ViewState;
  #findings: Findings;
  #rows: readonly EntryLine[] | undefined;
  #pageRows = 0;
  #paneSurplus = 0;
  /** Incremented with each change that requires a redraw. */
  #version = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #pending: ClockTimer | undefined;

  constructor(options: SessionOptions) {
    const { client, clock, glyphs } = options;
    this.#clock = clock;
    this.#glyphs = glyphs;
    this.#state = openView(options);
    this.#findings = this.#model.findings();
    this.#connection = new Connection({
      client,
      clock,
      rateHz: this.#state.rateHz,
      onFrame: (frame) => this.#takeFrame(frame),
      onState: (state) => this.#takeConnection(state),
    });
    const onChange = (): void => this.#drawSoon();
    this.#details = new ActorDetails({ client, clock, onChange });
    this.#keyLooks = new KeyLooks({ client, clock, onChange });
    this.#clusterLooks = new ClusterLooks({ client, clock, onChange });
  }

  /**
   * Connects and waits for the first frame.
   *
   * @throws {@link TopError} when no frame can be received
   */
  open(): Promise<void> {
    return this.#connection.open();
  }

  close(): void {
    this.#pending?.cancel();
    this.#details.close();
    this.#keyLooks.close();
    this.#clusterLooks.close();
    this.#connection.close();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly version = (): number => this.#version;

  get quitting(): boolean {
    return this.#state.quitting;
  }

  get systems(): readonly string[] {
    return [...this.#model.systems.keys()];
  }

  /** Performs the action of a key. */
  press(key: string): void {
    const before = this.#state;
    this.#state = press(before, key, this.#visible());
    if (this.#state === before) return;
    this.#rows = undefined;
    this.#settle();
    this.#connection.setRate(this.#state.rateHz);
    this.#drawNow();
  }

  /** Draws the current screen. */
  draw(size: ScreenSize): Drawing {
    this.#settle();
    const drawing = drawScreen(this.#parts(), size);
    const { pageRows, paneSurplus } = drawing;
    if (pageRows === this.#pageRows && paneSurplus === this.#paneSurplus) return drawing;
    // The terminal or the pane's content may have changed size, so the cursor may be out of bounds.
    this.#pageRows = pageRows;
    this.#paneSurplus = paneSurplus;
    this.#settle();
    return drawScreen(this.#parts(), size);
  }

  #takeFrame(frame: Frame): boolean {
    if (!this.#model.apply(frame).complete) return false;
    this.#findings = this.#model.findings();
    this.#rows = undefined;
    this.#drawSoon();
    return true;
  }

  #takeConnection(state: ConnectionState): void {
    if (state.kind === this.#connectionState.kind && state.kind === "live") return;
    this.#connectionState = state;
    this.#drawSoon();
  }

  #drawSoon(): void {
    if (this.#pending !== undefined) return;
    const waitMs = this.#drawnMs + LEAST_BETWEEN_DRAWINGS_MS - this.#clock.monotonicMs();
    if (waitMs <= 0) this.#drawNow();
    else this.#pending = this.#clock.schedule(() => this.#drawNow(), waitMs, KeepAlive.No);
  }

  #drawNow(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
    this.#drawnMs = this.#clock.monotonicMs();
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }

  #settle(): void {
    this.#state = settle(this.#state, this.#visible());
    const { keyView, inspecting, selectedId, system, overlay } = this.#state;
    this.#clusterLooks.follow(overlay === Overlay.Cluster);
    this.#details.follow(inspecting && keyView === undefined ? selectedId : undefined);
    this.#keyLooks.follow(keyView === undefined ? undefined : wishOf(keyView, system));
  }

  #visible(): Visible {
    this.#rows ??= tableRows(this.#model, this.#state);
    return {
      rows: this.#rows,
      pageRows: this.#pageRows,
      paneSurplus: this.#paneSurplus,
      systems: this.systems,
      keys: {
        look: this.#keyLooks.current,
        pageRows: this.#pageRows,
        paneSurplus: this.#paneSurplus,
      },
    };
  }

  #parts(): ScreenParts {
    return {
      model: this.#model,
      findings: this.#findings,
      rows: this.#visible().rows,
      state: this.#state,
      connection: this.#connectionState,
      detail: this.#details.current,
      keyLook: this.#keyLooks.current,
      keyProblem: this.#keyLooks.problem,
      clusterLook: this.#clusterLooks.current,
      clusterProblem: this.#clusterLooks.problem,
      glyphs: this.#glyphs,
    };
  }
}
