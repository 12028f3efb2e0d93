import type { Owner } from "../../../../src/activation/records/record-keys.ts";
import { decodeAnswer } from "../../../../src/cluster/calls/call-answer.ts";
import { CallKind, encodeCall } from "../../../../src/cluster/calls/call-message.ts";
import type { EngineSession } from "../../../../src/cluster/engine/engine.ts";
import { callSubject } from "../../../../src/cluster/protocol/subjects.ts";

/** A read at a process that is said to have an actor. */
export interface ReadAt {
  readonly callId: string;
  readonly owner: Owner;
  readonly runnerId: string;
  readonly generation: number;
  /** Of the operation. */
  readonly id: string;
}

const PROBE_MS = 3_000;

/** Reads from an actor at one process, without the routing. Resolves with `undefined` if that is refused, or not answered. */
export async function readAt(
  { bus, capabilities }: Pick<EngineSession, "bus" | "capabilities">,
  { callId, owner, runnerId, generation, id }: ReadAt,
): Promise<{ readonly version: number } | undefined> {
  const { maxMessageBytes } = capabilities;
  const call = {
    id: callId,
    kind: CallKind.Ask,
    owner,
    generation,
    timeoutMs: PROBE_MS,
    name: "read",
    mustExist: false,
    senderId: undefined,
    origin: undefined,
    trace: {},
  };
  try {
    const message = encodeCall(call, JSON.stringify([id]), maxMessageBytes);
    // It may wait at a process that is paused: what it is told later counts as well.
    const reply = await bus.request(callSubject(runnerId), message, { timeoutMs: 10 * PROBE_MS });
    const answer = decodeAnswer(reply, maxMessageBytes);
    return answer.kind === "reply" ? (answer.value as { readonly version: number }) : undefined;
  } catch {
    return undefined; // mostly nothing listens there
  }
}
