import { createRequire, registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/*
 * For programs outside of the repository: `limelight` is `src`, and packages are those of the repository.
 */
const root = join(import.meta.dirname, "../..");
const require = createRequire(join(root, "package.json"));

registerHooks({
  resolve(specifier, context, next) {
    const [, entry] = /^limelight(?:\/([\w-]+))?$/.exec(specifier) ?? [];
    if (specifier === "limelight" || entry !== undefined) {
      return next(pathToFileURL(join(root, `src/${entry ?? "index"}.ts`)).href, context);
    }
    try {
      return next(specifier, context);
    } catch (error) {
      if (specifier.startsWith(".") || specifier.startsWith("/")) throw error;
      return next(pathToFileURL(require.resolve(specifier)).href, context);
    }
  },
});
