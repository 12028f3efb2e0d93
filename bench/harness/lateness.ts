/** How late a 10 ms timer fired while something else kept the event loop busy. */
export interface Lateness {
  readonly scenario: string;
  readonly messages: number;
  readonly seconds: number;
  readonly ticks: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const INTERVAL_MS = 10;
/** A scenario sends at least this many messages. */
const MESSAGES = 1_000_000;

/** Counts a scenario's messages, and says when it has lasted long enough to speak of a p99. */
export class Progress {
  readonly finished: Promise<void>;
  readonly #leastMs: number;
  readonly #started = performance.now();
  #messages = 0;
  #finish: () => void = () => undefined;

  constructor(leastMs: number) {
    this.#leastMs = leastMs;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get messages(): number {
    return this.#messages;
  }

  /** False once the scenario may end. Reads the clock: call it once in many messages. */
  count(messages: number): boolean {
    this.#messages += messages;
    const lasted = performance.now() - this.#started;
    const goOn = this.#messages < MESSAGES || lasted < this.#leastMs;
    if (!goOn) this.#finish();
    return goOn;
  }
}

export async function measureLateness(
  scenario: string,
  leastMs: number,
  run: (progress: Progress) => void,
): Promise<Lateness> {
  const lateMs: number[] = [];
  const started = performance.now();
  let expected = started + INTERVAL_MS;
  const tick = (): void => {
    const now = performance.now();
    lateMs.push(Math.max(0, now - expected));
    expected = now + INTERVAL_MS;
  };
  const timer = setInterval(tick, INTERVAL_MS);
  const progress = new Progress(leastMs);
  run(progress);
  await progress.finished;
  // A tick that is overdue now was kept waiting by the scenario, even if it never fired.
  tick();
  clearInterval(timer);
  const sorted = lateMs.toSorted((a, b) => a - b);
  const quantile = (q: number): number => sorted[Math.ceil(q * sorted.length) - 1] ?? 0;
  return {
    scenario,
    messages: progress.messages,
    seconds: (performance.now() - started) / 1_000,
    ticks: sorted.length,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maxMs: quantile(1),
  };
}

export function describeLateness(lateness: Lateness): string {
  const { scenario, messages, seconds, ticks, p50Ms, p99Ms, maxMs } = lateness;
  const sent = `${messages.toLocaleString("en")} messages in ${seconds.toFixed(1)} s`;
  const late = [p50Ms, p99Ms, maxMs].map((ms) => `${ms.toFixed(1)} ms`).join(" / ");
  return `${scenario}: ${sent}, ${ticks} ticks, late by p50 / p99 / max = ${late}`;
}
