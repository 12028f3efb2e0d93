import { findRuntime } from "../actor/system/create-runtime.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { quote } from "../base/names.ts";
import { optionKeys, requireKnownKeys, requireMethods } from "../base/options.ts";
import { processSignals, StopSignal } from "./process-signals.ts";
import { type SignalStop, SignalStops, type Stoppable } from "./signal-stops.ts";

/** Options of {@link stopOnSignals}. */
export interface StopOnSignalsOptions {
  /** Signals that stop it. Default `SIGINT` and `SIGTERM`. */
  readonly signals?: readonly StopSignal[];
}

const OPTIONS = optionKeys<StopOnSignalsOptions>({ signals: true });
const DEFAULT_SIGNALS: readonly StopSignal[] = [StopSignal.Interrupt, StopSignal.Terminate];
const KNOWN: readonly string[] = Object.values(StopSignal);

/** A registered symbol: all copies of limelight in a process must end it together. */
const KEY = Symbol.for("limelight.signals.1");
const shared = globalThis as { [KEY]?: Pick<SignalStops, "add" | "remove"> };
shared[KEY] ??= new SignalStops(processSignals);
const stops = shared[KEY];

/**
 * Shuts down `target`, a system or anything with a method `shutdown`, when the process receives a signal.
 *
 * The first signal starts `shutdown()`. When it has settled, the signal is raised again, so that the process ends by
 * it: supervisors and shells see the signal. A second signal during the shutdown ends the process at once. As process 1
 * of a container, the process exits with 128 plus the number of the signal, as a shell reports it: 130 for `SIGINT`, 143 for `SIGTERM`. Other
 * listeners of the signal receive it twice and decide themselves when the process ends.
 *
 * Nothing listens to signals before the first call. Listeners are removed when the system has been shut down in another
 * way. Several systems of a process are shut down together.
 *
 * @returns removes the listeners when it is disposed of; a shutdown that a signal has begun goes on
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 * @example
 * ```ts
 * stopOnSignals(system); // SIGINT and SIGTERM
 * ```
 */
export function stopOnSignals(target: Stoppable, options: StopOnSignalsOptions = {}): Disposable {
  requireMethods("system", target ?? null, ["shutdown"]);
  requireKnownKeys("`stopOnSignals`", options, OPTIONS);
  const stop: SignalStop = { target, signals: requireSignals(options.signals) };
  const remove = (): void => stops.remove(stop);
  const system = findRuntime(target);
  stops.add(stop);
  if (system === undefined) return { [Symbol.dispose]: remove };
  const { facade } = system;
  // Never rejects, and returns the shutdown under way.
  const removeOnceDown = (): void => void facade.shutdown().then(remove);
  const ending = { cancel: removeOnceDown, [Symbol.dispose]: removeOnceDown };
  if (system.closing) removeOnceDown();
  else system.endings.add(ending);
  return {
    [Symbol.dispose]() {
      system.endings.delete(ending);
      remove();
    },
  };
}

function requireSignals(signals: unknown): readonly StopSignal[] {
  if (signals === undefined) return DEFAULT_SIGNALS;
  if (!Array.isArray(signals) || signals.length === 0) {
    throw new UsageError("`signals` must be a list of at least one signal", {
      code: ErrorCode.InvalidOption,
    });
  }
  const unknown = signals.find((signal) => !KNOWN.includes(signal));
  if (unknown === undefined) return [...new Set<StopSignal>(signals)];
  throw new UsageError(
    `\`signals\` can contain ${KNOWN.join(", ")}, not ${typeof unknown === "string" ? quote(unknown.slice(0, 70)) : typeof unknown}`,
    { code: ErrorCode.InvalidOption },
  );
}
