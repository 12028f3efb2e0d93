import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { isMap } from "node:util/types";
import { type ContextManager, ROOT_CONTEXT } from "@opentelemetry/api";
import { ActorScope, ScopeKind } from "./actor-scope.ts";
import { cleanFrame } from "./clean-frame.ts";
import { setScopeStorage } from "./scope-storage.ts";

/**
 * Whether a scope can be used as a frame of Node, so that entering it copies nothing.
 *
 * From Node 24 on, a frame is a value: a Map from AsyncLocalStorages to their stores, of which Node reads `has`, `get`
 * and the entries. An {@link ActorScope} has these, and is a frame with one store: itself, under the storage of the
 * context manager. A message then needs one object for its context and its frame, and work that it leaves behind
 * keeps exactly this one.
 *
 * None of that is documented by Node. It is therefore tried once with each context manager. Where any step differs, as in
 * Node 22 or with a manager that stores something else than the context, scopes are attached as any other context.
 */
export class ScopeFrames {
  readonly #entry = new AsyncResource("limelight.frame");

  /** Calls `fn` in `scope` and without any other store. Only where {@link scopesAreFrames}. */
  enter<First, Second, Third, Result>(
    scope: ActorScope,
    fn: (first: First, second: Second, third: Third) => Result,
    first: First,
    second: Second,
    third: Third,
  ): Result {
    const entry = this.#entry as unknown as FrameHolder;
    entry[FRAME] = scope;
    const result = entry.runInAsyncScope(fn, undefined, first, second, third);
    // An idle actor would otherwise keep the request of its last message.
    entry[FRAME] = undefined;
    return result;
  }
}

/** A resource with the frame in which its functions run. */
type FrameHolder = AsyncResource & { [FRAME]: unknown };

/** The property in which Node keeps the frame of a resource; one without a meaning where there is none. */
const FRAME: symbol = frameProperty() ?? Symbol("limelight.no-frame");

function frameProperty(): symbol | undefined {
  const resource = new AsyncResource("limelight.frame");
  return Object.getOwnPropertySymbols(resource).find(
    ({ description }) => description === "context_frame",
  );
}

let knownManager: ContextManager | undefined;
let known = false;

/** Returns whether scopes can be frames under `manager`. */
export function scopesAreFrames(manager: ContextManager | undefined): boolean {
  if (manager === knownManager) return known;
  knownManager = manager;
  known = manager !== undefined && areFramesOf(manager);
  return known;
}

function areFramesOf(manager: ContextManager): boolean {
  const scope = new ActorScope(ROOT_CONTEXT, undefined, undefined as never, ScopeKind.Handler);
  try {
    const storage = storageOf(manager, scope);
    if (storage === undefined) return false;
    setScopeStorage(storage);
    return new ScopeFrames().enter(scope, behaves, manager, scope, undefined);
  } catch {
    return false; // contexts are attached then
  }
}

/** Returns under which storage `manager` keeps the active context, if a frame shows it. */
function storageOf(manager: ContextManager, scope: ActorScope): unknown {
  const capture = (): AsyncResource => new AsyncResource("limelight.frame");
  const captured = cleanFrame().runInAsyncScope(() => manager.with(scope, capture));
  const frame = (captured as unknown as FrameHolder)[FRAME];
  // Node's own class of maps, which is not an instance of `Map`.
  if (!isMap(frame) || frame.size !== 1) return undefined;
  const [entry] = [...frame];
  return entry?.[1] === scope ? entry[0] : undefined;
}

/** Returns whether Node treats `scope`, as whose frame this is called, like a frame of its own. */
function behaves(manager: ContextManager, scope: ActorScope): boolean {
  const other = new AsyncLocalStorage<string>();
  const inForce = (): boolean => manager.active() === scope;
  if (!inForce() || other.getStore() !== undefined) return false;
  const inside = other.run("store", () => other.getStore() === "store" && inForce());
  const outside = manager.with(ROOT_CONTEXT, () => manager.active() === ROOT_CONTEXT);
  const kept = new AsyncResource("limelight.frame");
  const later = cleanFrame().runInAsyncScope(() => kept.runInAsyncScope(inForce));
  return inside && outside && later && inForce() && other.getStore() === undefined;
}
