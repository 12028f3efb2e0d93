import type { TestContext } from "node:test";
import fc from "fast-check";

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 20_000);

/**
 * Checks a property of input from outside with many cases. `PROPERTY_RUNS=100000` runs more of them, and
 * `PROPERTY_SEED` the same again; both are printed.
 */
export function manyRuns<Values>(test: TestContext, property: fc.IProperty<Values>): void {
  const seed = Number(process.env["PROPERTY_SEED"] ?? Math.trunc(Math.random() * 2 ** 31));
  test.diagnostic(`${RUNS} cases, seed ${seed}`);
  fc.assert(property, { numRuns: RUNS, seed });
}
