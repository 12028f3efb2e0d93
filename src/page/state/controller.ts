import { readConsoleFile, writeConsoleFile } from "../../viewer/console-file.ts";
import type { LineWindow } from "../../viewer/console-view.ts";
import { MetricSeries } from "../../viewer/history/metric-series.ts";
import { formatRoute, parseRoute, type Route } from "../../viewer/route.ts";
import type { Frame, TraceDetail } from "../../wire/answers.ts";
import { type DataSource, fileSource, liveSource } from "./data-source.ts";
import { saveFile } from "./files.ts";
import { initialState, type ListName, type PageState, viewQuery } from "./page-state.ts";
import { applyTheme, nextTheme, savedTheme } from "./theme.ts";
import { Connection, type FromWorker, type ToWorker } from "./worker-messages.ts";

/** The tab of a URL without one. */
const FIRST_TAB = "actors";
/** URL parameters that are kept when the tab changes. */
const SHARED_PARAMS = ["system", "actor"];
const SUMMARY_MS = 2_000;
/** Metrics are read with every fifth summary while they are not shown. */
const METRICS_EVERY = 5;
/**
 * A page that has been hidden for this long disconnects, so that the process stops taking snapshots for it.
 */
const SLEEP_AFTER_MS = 5 * 60_000;
const NOTICE_MS = 6_000;
/** Maximum number of traces whose spans are saved in a file. */
const MAX_DETAILS = 60;

/** Holds the page's state and implements its controls. */
export class ConsoleController {
  readonly #worker: Worker;
  readonly #listeners = new Set<() => void>();
  readonly #tabParams = new Map<string, Route["params"]>();
  #metrics = new MetricSeries();
  #state: PageState;
  #source: DataSource = liveSource;
  #polls = 0;
  #sleepTimer: ReturnType<typeof setTimeout> | undefined;
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;
  #exported: ((frame: Frame) => void) | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.#state = initialState(knownRoute(location.hash), savedTheme());
    applyTheme(this.#state.theme);
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#take(data));
    worker.addEventListener("error", ({ message }) =>
      this.notify(`The page has failed: ${message}`),
    );
    addEventListener("hashchange", () => this.#set({ route: knownRoute(location.hash) }));
    document.addEventListener("visibilitychange", () => this.#seen());
    this.#tell({ kind: "query", query: viewQuery(this.#state) });
    this.#tell({ kind: "connect" });
    void this.#poll();
    setInterval(() => void this.#poll(), SUMMARY_MS);
  }

  get state(): PageState {
    return this.#state;
  }

  get source(): DataSource {
    return this.#source;
  }

  /** Calls `listener` after each change. Returns a function that unsubscribes it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens a tab with its previous parameters, or with the given ones. */
  openTab(tab: string, params?: Route["params"]): void {
    const { route } = this.#state;
    this.#tabParams.set(route.tab, route.params);
    const shared = Object.fromEntries(
      Object.entries(route.params).filter(([key]) => SHARED_PARAMS.includes(key)),
    );
    const own = params ?? withoutShared(this.#tabParams.get(tab) ?? {});
    this.#go({ tab, params: { ...shared, ...own } }, "push");
  }

  /** Changes URL parameters. Empty values are removed. */
  setParams(params: Route["params"], step: "push" | "replace" = "replace"): void {
    const { tab, params: before } = this.#state.route;
    this.#go({ tab, params: { ...before, ...params } }, step);
  }

  openActor(actor: string): void {
    this.setParams({ actor }, "push");
  }

  openTrace(traceId: string): void {
    if (this.#state.route.tab === "traces") this.setParams({ open: traceId }, "push");
    else this.openTab("traces", { open: traceId });
  }

  /** Pauses at the shown moment, or resumes. */
  togglePause(): void {
    const { atMs, view, file } = this.#state;
    if (file !== null || view === null) return;
    this.travelTo(atMs === null ? view.newestAtMs : null);
  }

  /** Shows a moment of the past; `null` for now. */
  travelTo(atMs: number | null): void {
    this.#set({ atMs });
  }

  toggleFold(key: string, open: boolean): void {
    const { foldAll, foldExcept } = this.#state;
    const others = foldExcept.filter((other) => other !== key);
    this.#set({ foldExcept: open === foldAll ? [...others, key] : others });
  }

  foldAll(foldAll: boolean): void {
    this.#set({ foldAll, foldExcept: [] });
  }

  setWindow(list: ListName, window: LineWindow): void {
    this.#set({ windows: { ...this.#state.windows, [list]: window } });
  }

  setCursor(list: ListName, id: string): void {
    this.#set({ cursors: { ...this.#state.cursors, [list]: id } });
  }

  followLogs(followLogs: boolean): void {
    if (followLogs !== this.#state.followLogs) this.#set({ followLogs });
  }

  /** Freezes the list of traces, or makes it live again. */
  holdTraces(hold: boolean): void {
    this.#set({ tracesHeldAtMs: hold ? (this.#state.view?.newestAtMs ?? null) : null });
  }

  cycleTheme(): void {
    const theme = nextTheme(this.#state.theme);
    applyTheme(theme);
    this.#set({ theme });
  }

  showHelp(helpOpen: boolean): void {
    this.#set({ helpOpen });
  }

  /** Closes the topmost layer: the help, then the drawer, then an open trace or key. */
  closeTop(): void {
    const { helpOpen, route } = this.#state;
    if (helpOpen) this.showHelp(false);
    else if ((route.params["actor"] ?? "") !== "") this.setParams({ actor: "" });
    else if ((route.params["open"] ?? "") !== "") this.setParams({ open: "" });
    else if ((route.params["key"] ?? "") !== "") this.setParams({ key: "" });
  }

  /** Shows a notice once. */
  notify(notice: string): void {
    clearTimeout(this.#noticeTimer);
    this.#noticeTimer = setTimeout(() => this.#set({ notice: null }), NOTICE_MS);
    this.#set({ notice });
  }

  /** Saves what is shown, with traces and log lines, as a file. */
  async exportFile(): Promise<void> {
    const frame = await new Promise<Frame>((resolve) => {
      this.#exported = resolve;
      this.#tell({ kind: "export", query: viewQuery(this.#state) });
    });
    const details = await this.#details(frame);
    const { summary } = this.#state;
    const text = writeConsoleFile({ exportedAtMs: frame.capturedAtMs, summary, frame, details });
    const time = new Date(frame.capturedAtMs).toISOString().slice(0, 19).replaceAll(/[T:]/g, "-");
    saveFile(`limelight-${time}.json`, text);
    this.notify("Saved. Attach the file to a bug report, or open it in any console.");
  }

  /** Shows a file instead of the process. */
  openFile(name: string, text: string): void {
    const { file, problem } = readConsoleFile(text);
    if (file === null) {
      this.notify(`${name} cannot be opened: ${problem}.`);
      return;
    }
    this.#source = fileSource(file);
    this.#metrics = new MetricSeries();
    this.#tell({ kind: "load", frame: { ...file.frame, full: true } });
    this.#set({ file: { name, file }, atMs: null, summary: file.summary, charts: [], view: null });
  }

  /** Closes the file and returns to the process. */
  closeFile(): void {
    // The worker holds the file's data. Reloading the page is the simplest way to a new worker.
    location.reload();
  }

  async #details({ traces }: Frame): Promise<TraceDetail[]> {
    const wanted = traces
      .toSorted((a, b) => b.errors - a.errors || b.startedAtMs - a.startedAtMs)
      .slice(0, MAX_DETAILS);
    const answers = await Promise.all(wanted.map(({ traceId }) => this.#source.trace(traceId)));
    return answers.flatMap(({ value }) => (value === null ? [] : [value]));
  }

  #go(route: Route, step: "push" | "replace"): void {
    const address = formatRoute(route);
    if (step === "push") history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    const reading = (route.params["open"] ?? "") !== "";
    this.#set({
      route: knownRoute(address),
      tracesHeldAtMs: reading ? this.#state.tracesHeldAtMs : null,
    });
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case "view":
        this.#assign({ view: message.view });
        requestAnimationFrame(() => this.#tell({ kind: "drawn" }));
        break;
      case "connection":
        this.#assign({ connection: message.connection });
        break;
      case "exported":
        this.#exported?.(message.frame);
    }
  }

  /** Disconnects when the page has been hidden for long, so that it costs the process nothing. */
  #seen(): void {
    clearTimeout(this.#sleepTimer);
    if (this.#state.file !== null) return;
    if (!document.hidden) this.#tell({ kind: "connect" });
    else this.#sleepTimer = setTimeout(() => this.#tell({ kind: "sleep" }), SLEEP_AFTER_MS);
  }

  async #poll(): Promise<void> {
    const { connection, route } = this.#state;
    if (document.hidden || connection === Connection.Refused || !this.#source.live) return;
    const [{ value: summary }] = await Promise.all([
      this.#source.summary(),
      route.tab === "metrics" || this.#polls % METRICS_EVERY === 0 ? this.#pollMetrics() : null,
    ]);
    this.#polls += 1;
    if (summary !== null && this.#state.file === null) this.#assign({ summary });
  }

  async #pollMetrics(): Promise<void> {
    const { value } = await this.#source.metrics();
    const { view, route } = this.#state;
    if (value === null || view === null || this.#state.file !== null) return;
    this.#metrics.add(view.newestAtMs, value);
    if (route.tab === "metrics") this.#assign({ charts: this.#metrics.charts() });
  }

  /** Changes the state and requests the matching view from the engine. */
  #set(change: Partial<PageState>): void {
    this.#assign(change);
    this.#tell({ kind: "query", query: viewQuery(this.#state) });
  }

  #assign(change: Partial<PageState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}

function knownRoute(hash: string): Route {
  const route = parseRoute(hash);
  return route.tab === "" ? { ...route, tab: FIRST_TAB } : route;
}

function withoutShared(params: Route["params"]): Route["params"] {
  return Object.fromEntries(Object.entries(params).filter(([key]) => !SHARED_PARAMS.includes(key)));
}
