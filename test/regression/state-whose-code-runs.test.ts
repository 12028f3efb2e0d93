import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Redaction } from "../../src/console/record/redaction.ts";

const redaction = new Redaction([]);

/** Fails the test when it is called. */
function ran(): never {
  throw new assert.AssertionError({ message: "code of the state ran" });
}

const traps: ProxyHandler<object> = {
  get: ran,
  has: ran,
  ownKeys: ran,
  getPrototypeOf: ran,
  getOwnPropertyDescriptor: ran,
};

class LoudList extends Array<unknown> {
  override [Symbol.iterator](): never {
    return ran();
  }
}
class LoudSet extends Set<unknown> {
  override values(): never {
    return ran();
  }
  override [Symbol.iterator](): never {
    return ran();
  }
  override get size(): never {
    return ran();
  }
}
class LoudMap extends Map<unknown, unknown> {
  override entries(): never {
    return ran();
  }
  override [Symbol.iterator](): never {
    return ran();
  }
  override get size(): never {
    return ran();
  }
}
class LoudDate extends Date {
  override valueOf(): never {
    return ran();
  }
  override getTime(): never {
    return ran();
  }
  override toISOString(): never {
    return ran();
  }
}
class LoudError extends Error {
  override get name(): string {
    return ran();
  }
}
class LoudBytes extends Uint8Array {
  override get byteLength(): never {
    return ran();
  }
}

describe("a view of a state", () => {
  const states: Readonly<Record<string, readonly [state: unknown, shown: unknown]>> = {
    "an error": [new LoudError("quiet"), "Error: quiet"],
    "an error with a getter": [
      Object.defineProperty(new Error("x"), "message", { get: ran }),
      "Error: ",
    ],
    "a list": [LoudList.from([1, 2]), [1, 2]],
    "a list with a getter": [Object.defineProperty([1, 2], 0, { get: ran }), ["[getter]", 2]],
    "a set": [Object.assign(new LoudSet(), {}), []],
    "a map": [new LoudMap(), {}],
    "a date": [new LoudDate(0), "1970-01-01T00:00:00.000Z"],
    bytes: [new LoudBytes(3), "[3 bytes]"],
    "a proxy": [new Proxy({}, traps), "[unreadable]"],
    "a prototype that is a proxy": [
      Object.assign(Object.create(new Proxy({}, traps)), { a: 1 }),
      { a: 1 },
    ],
    "a getter": [
      {
        get x(): never {
          return ran();
        },
      },
      { x: "[getter]" },
    ],
    "a toJSON": [{ toJSON: ran, toString: ran, valueOf: ran }, undefined],
  };
  for (const [what, [state, shown]] of Object.entries(states)) {
    it(`runs no code of ${what}`, () => {
      const { state: view } = redaction.view({ state }) as { readonly state: unknown };

      if (shown !== undefined) assert.deepEqual(view, shown);
    });
  }
});
