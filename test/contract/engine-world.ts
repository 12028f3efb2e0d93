import assert from "node:assert/strict";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import type { LogMessage } from "../../src/cluster/engine/log.ts";

/** An engine under test, with two sessions of one cluster. */
export interface EngineWorld extends AsyncDisposable {
  readonly one: EngineSession;
  /** As another process has it. The same as `one` if the engine is not distributed. */
  readonly other: EngineSession;
  readonly leaseTtlMs: number;
  /** Opens a session that the test closes. It may be one of a cluster of its own. */
  open(): Promise<EngineSession>;
  /**
   * Lets time pass until `read` returns something, and returns that. Fails when that takes too long.
   *
   * @param what for the message of the failure
   */
  until<Found>(
    what: string,
    read: () => Promise<Found | undefined> | Found | undefined,
  ): Promise<Found>;
  /** Lets as much time pass as `promise` needs to settle. */
  settled<Value>(promise: Promise<Value>): Promise<PromiseSettledResult<Value>>;
}

/** The world that the tests of a suite use, once it is there. */
export type World = () => EngineWorld;

let names = 0;

/** Returns a token that no other test has used: tests share one cluster, and each has its own keys and subjects. */
export function freshToken(): string {
  names += 1;
  return `t${names}-${process.pid}`;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (value: Uint8Array): string => new TextDecoder().decode(value);

let ids = 0;

/** A message that no other test has sent. */
export function logMessage(subject: string, text: string): LogMessage {
  ids += 1;
  return { id: `${subject}:${ids}`, subject, headers: {}, body: bytes(text) };
}

/** What an engine rejects with. */
export function engineError(code: string): { readonly name: string; readonly code: string } {
  return { name: "ClusterError", code };
}

/** Asserts that `promise`, which may need time to pass, rejects with a `ClusterError` of this code. */
export async function rejectsInTime(
  world: EngineWorld,
  promise: Promise<unknown>,
  code: string,
): Promise<void> {
  const outcome = await world.settled(promise);
  assert.equal(outcome.status, "rejected");
  assert.throws(() => {
    throw outcome.reason;
  }, engineError(code));
}
