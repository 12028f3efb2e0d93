import { runInNewContext } from "node:vm";
import fc from "fast-check";

/** A value that application code may throw, and how it came to be. */
export interface HostileValue {
  readonly value: unknown;
  readonly what: string;
}

const KEYS = [
  "code",
  "name",
  "message",
  "stack",
  "cause",
  "constructor",
  "then",
  "errors",
  "toJSON",
  "toString",
  "valueOf",
  "limelight.error",
] as const;

/** What stands under a key: `get` throws on sight. */
const contents = fc.oneof(
  fc.constant({ what: "a getter that throws", get: true, value: undefined }),
  fc
    .constantFrom<unknown>(
      undefined,
      null,
      0,
      42,
      Number.NaN,
      10n,
      "",
      "text",
      "ECONNREFUSED",
      "a\r\n\u2028\u0000",
      "x".repeat(100_000),
      Symbol("s"),
      true,
      [],
      {},
      () => "called",
      Object.freeze(new Error("inner")),
    )
    .map((value) => ({ what: `a ${typeof value}`, get: false, value })),
  fc.constant({ what: "a function that throws", get: false, value: fail }),
  fc.constant({
    what: "what has no text",
    get: false,
    value: { toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail },
  }),
);

function fail(): never {
  throw new Error("do not touch");
}

const makers: Readonly<Record<string, () => object>> = {
  error: () => new Error("plain"),
  "range error": () => new RangeError("far"),
  aggregate: () => new AggregateError([new Error("one"), undefined, "two"], "many"),
  "dom exception": () => new DOMException("gone", "AbortError"),
  "error of another realm": () => runInNewContext("new TypeError('elsewhere')") as object,
  "coded error of another realm": () =>
    runInNewContext("Object.assign(new Error('elsewhere'), { code: 'ECONNRESET' })") as object,
  "circular error": () => {
    const error = new Error("round");
    error.cause = error;
    return Object.assign(error, { self: error });
  },
  "deep causes": () => {
    let error = new Error("root");
    for (let depth = 0; depth < 2_000; depth += 1) error = new Error("above", { cause: error });
    return error;
  },
  "error by prototype": () => Object.create(Error.prototype) as object,
  object: () => ({ some: "object" }),
  "null prototype": () => Object.create(null) as object,
  array: () => [1, "two", { three: 3 }],
  function: () => () => "called",
  date: () => new Date(Number.NaN),
  buffer: () => Buffer.alloc(5_000),
  map: () => new Map([["key", "value"]]),
  "private state": () => new URL("http://user:password@host/?token=secret"),
};

const traps: Readonly<Record<string, (target: object) => object>> = {
  none: (target) => target,
  frozen: (target) => (ArrayBuffer.isView(target) ? target : Object.freeze(target)),
  sealed: (target) => (ArrayBuffer.isView(target) ? target : Object.seal(target)),
  "not extensible": (target) => Object.preventExtensions(target),
  "a proxy": (target) => new Proxy(target, {}),
  "a revoked proxy": (target) => {
    const { proxy, revoke } = Proxy.revocable(target, {});
    revoke();
    return proxy;
  },
  "a proxy without get": (target) => new Proxy(target, { get: fail }),
  "a proxy without has": (target) => new Proxy(target, { has: fail }),
  "a proxy without a prototype": (target) => new Proxy(target, { getPrototypeOf: fail }),
  "a proxy without keys": (target) => new Proxy(target, { ownKeys: fail }),
  "a proxy without anything": (target) =>
    new Proxy(target, {
      get: fail,
      set: fail,
      has: fail,
      ownKeys: fail,
      getPrototypeOf: fail,
      setPrototypeOf: fail,
      getOwnPropertyDescriptor: fail,
      defineProperty: fail,
      deleteProperty: fail,
      isExtensible: fail,
      preventExtensions: fail,
    }),
};

const objects = fc
  .record({
    maker: fc.constantFrom(...Object.keys(makers)),
    properties: fc.uniqueArray(fc.tuple(fc.constantFrom(...KEYS), contents), {
      maxLength: 3,
      selector: ([key]) => key,
    }),
    trap: fc.constantFrom(...Object.keys(traps)),
  })
  .map(({ maker, properties, trap }): HostileValue => {
    const target = makers[maker]?.() ?? {};
    for (const [key, { get, value }] of properties) {
      const how = get ? { get: fail } : { value, writable: true };
      Object.defineProperty(target, key, { ...how, configurable: true, enumerable: true });
    }
    const value = traps[trap]?.(target);
    const detail = properties.map(([key, { what }]) => `${key}: ${what}`).join(", ");
    return { value, what: `${maker} { ${detail} }, ${trap}` };
  });

const primitives = fc
  .constantFrom<unknown>(undefined, null, 0, Number.NaN, "", "just a text", 10n, Symbol("s"), false)
  .map((value): HostileValue => ({ value, what: `the primitive ${String(value)}` }));

const anything = fc
  .anything({
    withBigInt: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withDate: true,
  })
  .map((value): HostileValue => ({ value, what: "anything" }));

/** Values that hurt when they are looked at, and some that do not. */
export const hostileValues: fc.Arbitrary<HostileValue> = fc.oneof(
  { arbitrary: objects, weight: 8 },
  { arbitrary: primitives, weight: 1 },
  { arbitrary: anything, weight: 1 },
);
