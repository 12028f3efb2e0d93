import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * Returns the `require` of an ES module.
 *
 * @param url `import.meta.url` of the module. It is `undefined` where a bundler has converted the module to
 *   CommonJS: packages are then resolved from the main program.
 */
export function requireFrom(url: string | undefined): NodeJS.Require {
  return createRequire(url ?? process.argv[1] ?? join(process.cwd(), "noop.js"));
}
