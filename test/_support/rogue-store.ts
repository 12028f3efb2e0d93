import type { WatchedStore } from "./keyed.ts";

/** What a store of an application may do instead of what its contract says. */
export type Misbehavior = (answer: () => Promise<unknown>) => unknown;

function boom(): never {
  throw new Error("a bug of the store");
}

/** Resolves when `turns` turns of the event loop have passed. */
function later(turns: number): Promise<void> {
  return new Promise((resolve) => {
    let left = turns;
    const turn = (): void => {
      left -= 1;
      if (left > 0) setImmediate(turn);
      else resolve();
    };
    turn();
  });
}

/** By name, the ways in which a call may go wrong. */
export const MISBEHAVIORS: Readonly<Record<string, Misbehavior>> = {
  "throws at once": boom,
  "rejects with undefined": () => Promise.reject(undefined),
  "rejects with a text": () => Promise.reject("no"),
  "rejects with a frozen error": () => Promise.reject(Object.freeze(new Error("frozen"))),
  "rejects with a proxy whose traps throw": () =>
    Promise.reject(new Proxy({}, { get: boom, has: boom, getPrototypeOf: boom })),
  "returns no promise": () => undefined,
  "returns its answer without a promise": () => ({ entries: [], keys: [], revision: 1 }),
  "returns a thenable": (answer) => {
    const promise = answer();
    // biome-ignore lint/suspicious/noThenProperty: a store may return any thenable
    return { then: (resolve: never, reject: never) => promise.then(resolve, reject) };
  },
  "returns a thenable that answers twice": (answer) => ({
    // biome-ignore lint/suspicious/noThenProperty: a store may return any thenable
    then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
      void answer().then((value) => {
        resolve(value);
        resolve(value);
        reject(new Error("twice"));
      }, reject);
    },
  }),
  "resolves with undefined": () => Promise.resolve(undefined),
  "resolves with null": () => Promise.resolve(null),
  "resolves with an empty object": () => Promise.resolve({}),
  "resolves with a text": () => Promise.resolve("text"),
  "resolves with a proxy whose traps throw": () =>
    Promise.resolve(new Proxy({}, { get: boom, has: boom, getPrototypeOf: boom })).catch(boom),
  "resolves with lists of nothing": () =>
    Promise.resolve({
      entries: [undefined, null, {}, { key: 1 }],
      keys: [undefined, null, {}],
      partialPrefixes: [undefined],
      revision: Number.NaN,
    }),
  "resolves with values that are no bytes": async (answer) => {
    const found = (await answer()) as { readonly entries?: readonly object[] };
    return { ...found, entries: found?.entries?.map((entry) => ({ ...entry, value: "{}" })) };
  },
  "resolves with a text that is no JSON": async (answer) => {
    const found = (await answer()) as { readonly entries?: readonly object[] };
    const value = Buffer.from("{");
    return { ...found, entries: found?.entries?.map((entry) => ({ ...entry, value })) };
  },
  "resolves with revisions of the past": async (answer) => {
    const found = (await answer()) as { readonly entries?: readonly object[] };
    const entries = found?.entries?.map((entry) => ({ ...entry, revision: -1 }));
    return { ...found, entries, revision: -1 };
  },
  "answers late": (answer) => later(20).then(answer),
  "does nothing and says that it has": () =>
    Promise.resolve({ entries: [], keys: [], partialPrefixes: [], revision: 1, deleted: 0 }),
  "does it and rejects": (answer) => answer().then(boom),
};

/** Methods of a store that the runtime calls. */
export const STORE_METHODS = [
  "load",
  "batch",
  "list",
  "listKeys",
  "get",
  "delete",
  "close",
] as const;
export type StoreMethod = (typeof STORE_METHODS)[number];

/** Makes a method of `store` misbehave while `isRogue` returns true. */
export function makeRogue(
  store: WatchedStore,
  method: StoreMethod,
  misbehavior: Misbehavior,
  isRogue: () => boolean,
): void {
  const call = (store[method] as (...args: unknown[]) => Promise<unknown>).bind(store);
  Object.defineProperty(store, method, {
    value: (...args: unknown[]) => (isRogue() ? misbehavior(() => call(...args)) : call(...args)),
  });
}
