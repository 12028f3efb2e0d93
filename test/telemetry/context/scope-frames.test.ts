import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";
import { type Context, type ContextManager, ROOT_CONTEXT } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { type ActorIdentity, ActorScope } from "../../../src/telemetry/context/actor-scope.ts";
import { ScopeFrames, scopesAreFrames } from "../../../src/telemetry/context/scope-frames.ts";

const actor: ActorIdentity = { actorId: "worker/1", actorType: "worker" };
const newScope = (): ActorScope => new ActorScope(ROOT_CONTEXT, undefined, actor, "handler");
const node = Number.parseInt(process.versions.node, 10);

/** A manager that keeps something else than the context. */
class WrappingManager implements ContextManager {
  readonly #storage = new AsyncLocalStorage<{ readonly active: Context }>();

  active(): Context {
    return this.#storage.getStore()?.active ?? ROOT_CONTEXT;
  }

  with<Args extends unknown[], Result>(
    active: Context,
    fn: (...args: Args) => Result,
    thisArg?: unknown,
    ...args: Args
  ): Result {
    return this.#storage.run({ active }, () => fn.apply(thisArg, args));
  }

  bind<Target>(_context: Context, target: Target): Target {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

describe("scopes as frames", () => {
  it("are not used where the manager keeps something else, or none is registered", () => {
    assert.equal(scopesAreFrames(new WrappingManager()), false);
    assert.equal(scopesAreFrames(undefined), false);
  });

  it("are used from Node 24 on with the manager of the SDK", { skip: node < 24 }, () => {
    assert.equal(scopesAreFrames(new AsyncLocalStorageContextManager().enable()), true);
  });

  it("are the active context, with no store of the caller, also after an await", {
    skip: node < 24,
  }, async () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    const store = new AsyncLocalStorage<string>();
    const frames = new ScopeFrames();
    const scopes = [newScope(), newScope()];
    assert.equal(scopesAreFrames(manager), true);
    const look = async (seen: unknown[]): Promise<void> => {
      seen.push(manager.active(), store.getStore());
      await Promise.resolve();
      seen.push(manager.active(), store.getStore());
    };

    const seen: unknown[][] = [[], []];
    await store.run("of the caller", () =>
      Promise.all(
        scopes.map((scope, at) => frames.enter(scope, look, seen[at] ?? [], undefined, undefined)),
      ),
    );

    assert.deepEqual(
      seen.flat().map((one) => (one instanceof ActorScope ? scopes.indexOf(one) : one)),
      [0, undefined, 0, undefined, 1, undefined, 1, undefined],
    );
    assert.equal(manager.active(), ROOT_CONTEXT);
  });

  it("take stores of other storages, and give them back", { skip: node < 24 }, () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    const store = new AsyncLocalStorage<string>();
    const scope = newScope();
    assert.equal(scopesAreFrames(manager), true);
    const nest = (): void => {
      store.run("inner", () => {
        assert.equal(manager.active(), scope);
        assert.equal(store.getStore(), "inner");
        manager.with(ROOT_CONTEXT, () => assert.equal(store.getStore(), "inner"));
      });
      assert.equal(store.getStore(), undefined);
      store.enterWith("rest");
      store.disable();
      assert.equal(manager.active(), scope);
    };

    new ScopeFrames().enter(scope, nest, undefined, undefined, undefined);

    assert.equal(store.getStore(), undefined);
    assert.equal(manager.active(), ROOT_CONTEXT);
  });

  it("are left when the function throws", { skip: node < 24 }, () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    assert.equal(scopesAreFrames(manager), true);
    const fail = (): void => {
      throw new RangeError("told to");
    };

    assert.throws(
      () => new ScopeFrames().enter(newScope(), fail, undefined, undefined, undefined),
      RangeError,
    );

    assert.equal(manager.active(), ROOT_CONTEXT);
  });
});
