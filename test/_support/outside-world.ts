import assert from "node:assert/strict";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { ActorAccess } from "../../src/activation/access/actor-access.ts";
import { accessOf } from "../../src/activation/access/system-access.ts";
import { ExposedCalls } from "../../src/gateway/call/outside-call.ts";
import type { Failure, OutsideRequest } from "../../src/gateway/call/outside-request.ts";
import type { Exposed } from "../../src/gateway/expose/expose.ts";
import { ExposedTypes } from "../../src/gateway/expose/exposed-types.ts";
import type { SystemOptions } from "../../src/index.ts";
import { settleTurns } from "./actor-waiting.ts";
import { type OpenKeyed, openKeyed, type WatchedStore } from "./keyed.ts";

/** How a call from outside has ended. */
export interface Ended {
  /** The reply as JSON. */
  readonly json?: string | undefined;
  readonly failure?: Failure;
  /** Id of a queue message, told before the end. */
  readonly stored?: string | undefined;
}

/** A system with the calls of a gateway, without one. */
export interface Outside extends OpenKeyed {
  /** Errors that callers were told nothing of. */
  readonly faults: unknown[];
  /** Sends one call, and resolves with its only end. By default: to key `a`, for 5 s. */
  call(
    request: Pick<OutsideRequest, "kind" | "type" | "name"> & Partial<OutsideRequest>,
  ): Promise<Ended>;
  /** The same for an ask. */
  ask(path: `${string}.${string}`, ...args: readonly unknown[]): Promise<Ended>;
}

export interface OutsideOptions {
  readonly system?: SystemOptions;
  readonly store?: WatchedStore;
  readonly replyBytes?: number;
  readonly issueMessages?: boolean;
  readonly wrap?: (access: ActorAccess) => ActorAccess;
}

const MIB = 1_048_576;
const CALL_MS = 5_000;

/** Opens a system whose calls from outside reach what is exposed. */
export function openOutside(
  exposed: readonly Exposed<string, unknown>[],
  options: OutsideOptions = {},
): Outside {
  const { system, store, replyBytes = MIB, issueMessages = true, wrap } = options;
  const open = openKeyed(system, store);
  const own = accessOf(open.system) as ActorAccess;
  const faults: unknown[] = [];
  const calls = new ExposedCalls({
    exposed: new ExposedTypes(exposed),
    access: wrap === undefined ? own : wrap(own),
    clock: open.clock,
    replyBytes,
    issueMessages,
    onFault: (error) => faults.push(error),
  });
  const call: Outside["call"] = async (given) => {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    let ends = 0;
    let stored: string | undefined;
    const request: OutsideRequest = {
      key: ["a"],
      args: [],
      input: undefined,
      waits: false,
      caller: undefined,
      requestId: "request-1",
      context: ROOT_CONTEXT,
      deadlineMs: open.clock.monotonicMs() + CALL_MS,
      signal: new AbortController().signal,
      ...given,
    };
    const end = (ended: Ended): void => {
      ends += 1;
      resolve(stored === undefined ? ended : { ...ended, stored });
    };
    calls.call(request, {
      stored: (id) => {
        stored = id;
      },
      reply: (json) => end({ json }),
      fail: (failure) => end({ failure }),
    });
    const ended = await promise;
    await settleTurns();
    assert.equal(ends, 1, "more than one end");
    return ended;
  };
  const ask: Outside["ask"] = (path, ...args) => {
    const [type = "", name = ""] = path.split(".");
    return call({ kind: "ask", type, name, args });
  };
  return Object.assign(open, { faults, call, ask });
}

/** What a failed call tells: its code, status and outcome. */
export async function toldOf(call: Promise<Ended>): Promise<readonly unknown[]> {
  const { failure, json } = await call;
  return failure === undefined ? [json] : [failure.code, failure.status, failure.outcome];
}
