import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Context, ROOT_CONTEXT, TraceFlags } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { ActorAccess, Sending } from "../../../src/activation/access/actor-access.ts";
import { accessOf } from "../../../src/activation/access/system-access.ts";
import { StoreError } from "../../../src/base/errors.ts";
import { defineKeyedActor, type KeyedAddress } from "../../../src/index.ts";
import { context, trace } from "../../../src/telemetry/context/api.ts";
import { codeOf, Gate, settleTurns } from "../../_support/actor-waiting.ts";
import { type OpenKeyed, openKeyed } from "../../_support/keyed.ts";

let gate = new Gate();

const patient = defineKeyedActor("patient", {
  mailbox: { limit: 1, whenFull: "wait" },
  handlers: { wait: () => gate.opened, count: () => 1 },
});
const plain = defineKeyedActor("plain", { handlers: { count: () => 1 } });

/** Sends a message as a gateway does. */
function send(
  open: OpenKeyed,
  definition: KeyedAddress<never, unknown>,
  [kind, name]: readonly ["ask" | "tell", string],
  given: Partial<Sending> = {},
): Promise<unknown> {
  const deadlineMs = open.clock.monotonicMs() + 5_000;
  const sending = { context: ROOT_CONTEXT, create: true, deadlineMs, ...given };
  const address = (accessOf(open.system) as ActorAccess).resolve(definition, ["a"]);
  return new Promise((reply, fail) => {
    address.call({ kind, name, args: [] }, sending, { reply, fail });
  });
}

describe("a tell from outside to an actor whose senders wait for room", () => {
  it("is answered when there is room, and fails when it is aborted or its time is over before", async () => {
    gate = new Gate();
    await using open = openKeyed();
    const first = send(open, patient, ["ask", "wait"]);
    await settleTurns();
    const waiting = send(open, patient, ["ask", "count"]);
    const controller = new AbortController();
    const deadlineMs = open.clock.monotonicMs() + 100;
    let isIn = false;

    const admitted = send(open, patient, ["tell", "count"]).then(() => {
      isIn = true;
    });
    const { signal } = controller;
    const aborted = codeOf(send(open, patient, ["tell", "count"], { signal }));
    const late = codeOf(send(open, patient, ["tell", "count"], { deadlineMs }));
    controller.abort();
    await open.clock.advance(100);

    assert.deepEqual([await aborted, await late], ["ERR_ABORTED", "ERR_MAILBOX_FULL"]);
    assert.equal(isIn, false);
    gate.open();
    await Promise.all([first, waiting, admitted]);
  });
});

describe("a message from outside", () => {
  it("is not handled if it was aborted before", async () => {
    await using open = openKeyed();
    const signal = AbortSignal.abort();

    assert.equal(await codeOf(send(open, plain, ["ask", "count"], { signal })), "ERR_ABORTED");
    await open.system.get(plain, "a").ask.count();
  });

  it("fails with the error of the store where it has to be known whether the actor exists", async () => {
    await using open = openKeyed();
    const code = "ERR_STORE_UNAVAILABLE";
    open.store.loadError = new StoreError("the disk is gone", { code });

    const failed = codeOf(send(open, plain, ["ask", "count"], { create: false }));

    assert.equal(await failed, code);
    assert.equal(open.system.books().started, 0);
  });

  it("has the handler and the start of its actor in the trace of the request", async () => {
    context.register(new AsyncLocalStorageContextManager().enable());
    await using open = openKeyed();
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const spanContext = { traceId, spanId: "b7ad6b7169203331", traceFlags: TraceFlags.SAMPLED };
    const request: Context = trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(spanContext));

    await send(open, plain, ["ask", "count"], { context: request });

    const names = new Set(
      open.telemetry
        .spans()
        .filter((span) => span.spanContext().traceId === traceId)
        .map(({ name }) => name),
    );
    for (const name of ["ask plain.count", "plain.count", "plain start"]) {
      assert.ok(names.has(name), `${name} of ${[...names].join(", ")}`);
    }
  });
});
