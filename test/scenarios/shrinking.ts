import type { Plan } from "./plan.ts";

/** Lists whose members can be left out, one by one or many at once. */
const LISTS: ReadonlySet<string> = new Set(["steps", "acts", "items"]);
/** Scripts that run at certain moments, which can be left out. */
const HOOKS: ReadonlySet<string> = new Set([
  "state",
  "onStart",
  "onStop",
  "onFailure",
  "onTerminated",
  "onDeadLetter",
  "onDeadlockEvent",
  "onLogLine",
  "filter",
]);

type Json = Record<string, unknown>;

/** Returns smaller plans, those that leave out the most first. */
function* reductions(plan: Plan): Generator<Plan> {
  const edits: { readonly size: number; readonly apply: (copy: Plan) => void }[] = [];
  visit(plan as unknown as Json, [], (path, key, value) => {
    if (LISTS.has(key) && Array.isArray(value)) {
      for (let size = value.length; size >= 1; size = Math.floor(size / 2)) {
        for (let at = 0; at < value.length; at += size) {
          edits.push({ size, apply: (copy) => cut(copy, path, key, at, size) });
        }
      }
    } else if (HOOKS.has(key) && value !== undefined) {
      edits.push({ size: 1, apply: (copy) => delete holder(copy, path)[key] });
    }
  });
  edits.sort((one, other) => other.size - one.size);
  for (const { apply } of edits) {
    const copy = structuredClone(plan);
    apply(copy);
    yield copy;
  }
}

function visit(
  node: Json,
  path: readonly string[],
  found: (path: readonly string[], key: string, value: unknown) => void,
): void {
  for (const [key, value] of Object.entries(node)) {
    found(path, key, value);
    if (typeof value === "object" && value !== null) visit(value as Json, [...path, key], found);
  }
}

function holder(plan: Plan, path: readonly string[]): Json {
  let node = plan as unknown as Json;
  for (const key of path) node = node[key] as Json;
  return node;
}

function cut(plan: Plan, path: readonly string[], key: string, at: number, size: number): void {
  (holder(plan, path)[key] as unknown[]).splice(at, size);
}

/**
 * Returns a smaller plan that still fails.
 *
 * @param fails performs a plan and says whether the failure is still there
 * @param attempts the most plans that are performed
 */
export async function shrink(
  plan: Plan,
  fails: (smaller: Plan) => Promise<boolean>,
  attempts: number,
): Promise<Plan> {
  let smallest = plan;
  let left = attempts;
  for (let found = true; found && left > 0; ) {
    found = false;
    for (const smaller of reductions(smallest)) {
      left -= 1;
      if (left < 0) break;
      if (!(await fails(smaller))) continue;
      smallest = smaller;
      found = true;
      break;
    }
  }
  return smallest;
}
