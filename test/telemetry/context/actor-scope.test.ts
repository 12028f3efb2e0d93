import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { context, createContextKey, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import {
  type ActorIdentity,
  ActorScope,
  activeActor,
  baseOf,
  spanOf,
} from "../../../src/telemetry/context/actor-scope.ts";
import { UnsampledSpan } from "../../../src/telemetry/context/unsampled-span.ts";
import { inMemoryTelemetry } from "../../../src/testing.ts";

const actor: ActorIdentity = { actorId: "worker/1", actorType: "worker" };
const key = createContextKey("test");

describe("ActorScope", () => {
  it("shows its span to OpenTelemetry's API, which stores it under the same key", () => {
    const span = new UnsampledSpan();
    const scope = new ActorScope(ROOT_CONTEXT, span, actor, "handler");

    assert.equal(trace.getSpan(scope), span);
    assert.equal(spanOf(scope), span);
    assert.equal(spanOf(trace.setSpan(ROOT_CONTEXT, span)), span);
    assert.equal(trace.getSpan(new ActorScope(ROOT_CONTEXT, undefined, actor, "task")), undefined);
  });

  it("hides the span of the context below it", () => {
    const below = trace.setSpan(ROOT_CONTEXT, new UnsampledSpan());

    assert.equal(trace.getSpan(new ActorScope(below, undefined, actor, "handler")), undefined);
  });

  it("gives another scope of the same actor for each change, and stays as it is", () => {
    const span = new UnsampledSpan();
    const scope = new ActorScope(ROOT_CONTEXT, span, actor, "task");

    const changed = scope.setValue(key, 1);
    const respanned = trace.setSpan(changed, new UnsampledSpan()) as ActorScope;

    assert.equal(changed.getValue(key), 1);
    assert.equal(changed.span, span);
    assert.equal(respanned.getValue(key), 1);
    assert.notEqual(respanned.span, span);
    assert.equal(respanned.actor, actor);
    assert.equal(respanned.kind, "task");
    assert.equal(respanned.deleteValue(key).getValue(key), undefined);
    assert.equal((trace.deleteSpan(respanned) as ActorScope).span, undefined);
    assert.equal(scope.getValue(key), undefined);
  });

  it("hands on the context below it, with what was set on top", () => {
    const scope = new ActorScope(ROOT_CONTEXT, new UnsampledSpan(), actor, "handler");

    assert.equal(baseOf(scope), ROOT_CONTEXT);
    assert.equal(baseOf(scope.setValue(key, 1)).getValue(key), 1);
    assert.equal(baseOf(ROOT_CONTEXT), ROOT_CONTEXT);
  });

  it("tells whose code is running", () => {
    inMemoryTelemetry();
    const scope = new ActorScope(ROOT_CONTEXT, undefined, actor, "handler");

    assert.equal(context.with(scope, activeActor), actor);
    assert.equal(activeActor(), undefined);
  });
});
