import type { CarriedTrace } from "../codec/headers.ts";
import { type Command, CommandKind, SignalName } from "../protocol/commands.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { PlacementRecord } from "../protocol/placement-record.ts";

/** A signal to be sent. */
export interface SignalOrder extends CarriedTrace {
  /** Of a signal that is issued again. Default: a new one. */
  readonly id?: string;
  readonly signal: SignalName;
  readonly reason?: string;
  readonly data?: unknown;
  /** Default: a day from now. */
  readonly expiresAtMs?: number;
}

/** Returns whether a signal still means something for the next activation. */
export function isCarried(name: SignalName): boolean {
  switch (name) {
    case SignalName.Wake:
    case SignalName.Destroy:
      return true;
    case SignalName.Sleep:
    case SignalName.Kill:
      return false;
  }
}

/**
 * Returns the signals that a generation which has ended leaves to the next one. `sleep` and `kill` have no object any
 * more.
 */
export function signalsToCarry(commands: Iterable<Command>): readonly SignalOrder[] {
  const byId = new Map<string, SignalOrder>();
  for (const command of commands) {
    const { id, signal: name, kind, expiresAtMs, reason, data, traceparent, tracestate } = command;
    if (kind !== CommandKind.Signal || name === undefined || !isCarried(name)) continue;
    byId.set(id, {
      id,
      signal: name,
      expiresAtMs,
      ...(reason === undefined ? {} : { reason }),
      ...(data === undefined ? {} : { data }),
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(tracestate === undefined ? {} : { tracestate }),
    });
  }
  return [...byId.values()];
}

/** Of signals with the same id, the first one is kept. */
export function withoutDoubles(signals: readonly SignalOrder[]): readonly SignalOrder[] {
  const seen = new Set<string>();
  return signals.filter(({ id }) => {
    if (id === undefined) return true;
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

/**
 * Keeps further signals in the outbox of a record, as the last commands of its generation.
 *
 * @param commands that a lost runner has left in its log, of this generation or earlier ones
 */
export function withLeftSignals(
  record: PlacementRecord,
  commands: readonly Command[],
): { readonly record: PlacementRecord; readonly givenUp: readonly Command[] } {
  const known = new Set(record.outbox.map(({ id }) => id));
  const added: Command[] = [];
  const givenUp: Command[] = [];
  const { address, generation, commandIndex } = record;
  const room = LIMITS.outboxCommands - 1 - record.outbox.length;
  for (const command of commands) {
    const { kind, signal: name, id, checkpoint } = command;
    if (kind !== CommandKind.Signal || name === undefined || known.has(id)) continue;
    if (checkpoint.generation > generation) continue;
    if (!isCarried(name) || added.length >= room) {
      givenUp.push(command);
      continue;
    }
    known.add(id);
    const index = commandIndex + added.length + 1;
    added.push({ ...command, checkpoint: { address, generation, index } });
  }
  if (added.length === 0) return { record, givenUp };
  const outbox = [...record.outbox, ...added];
  return { record: { ...record, commandIndex: commandIndex + added.length, outbox }, givenUp };
}
