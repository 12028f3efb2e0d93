import type { TestContext } from "node:test";
import fc from "fast-check";

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 100_000);

function parameters(test: TestContext): { readonly numRuns: number; readonly seed: number } {
  const seed = Number(process.env["PROPERTY_SEED"] ?? Math.trunc(Math.random() * 2 ** 31));
  test.diagnostic(`${RUNS} cases, seed ${seed}`);
  return { numRuns: RUNS, seed };
}

/**
 * Checks a property of input from outside with many cases. `PROPERTY_RUNS=1000000` runs more of them, and
 * `PROPERTY_SEED` the same again; both are printed.
 */
export function manyRuns<Values>(test: TestContext, property: fc.IProperty<Values>): void {
  fc.assert(property, parameters(test));
}

/** As {@link manyRuns}, for what is read asynchronously. */
export function manyAsyncRuns<Values>(
  test: TestContext,
  property: fc.IAsyncProperty<Values>,
): Promise<void> {
  return fc.assert(property, parameters(test));
}
