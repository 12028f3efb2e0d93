/**
 * Names that are looked up by the language and by tools: `await client.cart` would call `then`, and wait for ever;
 * `${handle.ask}` would send a message. No message of an actor has such a name.
 */
const HIDDEN = new Set([
  "then",
  "constructor",
  "toString",
  "toJSON",
  "valueOf",
  "__proto__",
  "hasOwnProperty",
]);

/** Returns an object that has every name. The value of a name is made when it is first read. */
export function nameProxy<Value>(make: (name: string) => Value): Readonly<Record<string, Value>> {
  const made = new Map<string, Value>();
  const get = (_target: object, name: string | symbol): Value | undefined => {
    if (typeof name !== "string" || HIDDEN.has(name)) return undefined;
    let value = made.get(name);
    if (value === undefined) {
      value = make(name);
      made.set(name, value);
    }
    return value;
  };
  return new Proxy<Readonly<Record<string, Value>>>(Object.freeze({}), { get });
}
