/** Why a value that `JSON.parse` has accepted is refused. */
export const JsonFault = {
  Depth: "JSON is nested too deeply",
  Prototype: "JSON has a member __proto__ or constructor.prototype",
  Number: "JSON has a number that is not finite",
  Surrogate: "JSON has half a surrogate pair",
} as const;
export type JsonFault = (typeof JsonFault)[keyof typeof JsonFault];

/**
 * Looks for what `JSON.parse` accepts but code behind it does not expect: nesting beyond `maxDepth`, at which
 * `JSON.stringify` overflows the stack; members that change prototypes when they are copied; `1e999`, which is
 * `Infinity`; texts without a UTF-8 form.
 *
 * Works without recursion, because the nesting of its input is not limited.
 *
 * @param value as returned by `JSON.parse`
 * @param maxDepth nested arrays and objects; that of a value inside of neither is 0
 * @returns the first fault found, or `undefined`
 */
export function findJsonFault(value: unknown, maxDepth: number): JsonFault | undefined {
  if (typeof value !== "object" || value === null) return leafFault(value);
  if (maxDepth < 1) return JsonFault.Depth;
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth += 1) {
    const next: object[] = [];
    for (const node of level) {
      const fault = Array.isArray(node) ? itemFault(node, next) : memberFault(node, next);
      if (fault !== undefined) return fault;
    }
    if (next.length > 0 && depth === maxDepth) return JsonFault.Depth;
    level = next;
  }
  return undefined;
}

function leafFault(value: unknown): JsonFault | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : JsonFault.Surrogate;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : JsonFault.Number;
  return undefined;
}

function itemFault(items: readonly unknown[], next: object[]): JsonFault | undefined {
  for (const item of items) {
    if (typeof item === "object" && item !== null) {
      next.push(item);
      continue;
    }
    const fault = leafFault(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function memberFault(node: object, next: object[]): JsonFault | undefined {
  for (const [name, item] of Object.entries(node)) {
    if (name === "__proto__") return JsonFault.Prototype;
    if (!name.isWellFormed()) return JsonFault.Surrogate;
    if (typeof item === "object" && item !== null) {
      if (name === "constructor" && Object.hasOwn(item, "prototype")) return JsonFault.Prototype;
      next.push(item);
      continue;
    }
    const fault = leafFault(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
