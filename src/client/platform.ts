/** What the client takes from the platform it runs on. Tests pass a manual clock. */
export interface Platform {
  /** Returns monotonic time, in milliseconds. */
  nowMs(): number;
  /** Runs `callback` once, after `delayMs`. Returns what cancels it. */
  schedule(callback: () => void, delayMs: number): () => void;
  /** Runs `callback` in a microtask. */
  soon(callback: () => void): void;
  /** Runs `callback` after everything that continues from promises which have settled by now. */
  defer(callback: () => void): void;
  /** Returns a number from 0 up to 1. */
  random(): number;
  /** Calls `callback` when the network is back or the page is visible again. Returns what ends that. */
  onWake(callback: () => void): () => void;
  /** Reports the error of a listener, as platforms report those of event listeners. */
  report(error: unknown): void;
}

/** Longest delay of a timer. A longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** What browsers have and others may lack. */
interface Surroundings {
  readonly document?: EventTarget & { readonly visibilityState: string };
  readonly addEventListener?: EventTarget["addEventListener"];
  readonly removeEventListener?: EventTarget["removeEventListener"];
  readonly reportError?: (error: unknown) => void;
}
const surroundings = globalThis as Surroundings;

function onWake(callback: () => void): () => void {
  const { document } = surroundings;
  const seen = (): void => {
    if (document?.visibilityState === "visible") callback();
  };
  surroundings.addEventListener?.("online", callback);
  document?.addEventListener("visibilitychange", seen);
  return () => {
    surroundings.removeEventListener?.("online", callback);
    document?.removeEventListener("visibilitychange", seen);
  };
}

function report(error: unknown): void {
  if (surroundings.reportError !== undefined) {
    surroundings.reportError(error);
    return;
  }
  queueMicrotask(() => {
    throw error;
  });
}

/** A task of its own: `setTimeout` of browsers takes 4 ms when it is used often. */
function defer(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  const onmessage = (): void => {
    port1.close();
    callback();
  };
  Object.assign(port1, { onmessage });
  port2.postMessage(undefined);
}

/** The platform itself: browsers, Node, Bun and Deno. */
export const systemPlatform: Platform = {
  nowMs: () => performance.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS));
    return () => clearTimeout(timer);
  },
  soon: (callback) => queueMicrotask(callback),
  defer,
  random: () => Math.random(),
  onWake,
  report,
};
