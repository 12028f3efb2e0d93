import { registerHooks } from "node:module";
import { WEAKENINGS } from "./weakenings.ts";

/*
 * Loaded before everything else, with `--import`: changes the source of the build under test as it is loaded, as the
 * weakening says that LIMELIGHT_WEAKENING names.
 */

const weakening = WEAKENINGS.find(({ name }) => name === process.env["LIMELIGHT_WEAKENING"]);
if (weakening === undefined) throw new Error("LIMELIGHT_WEAKENING names no weakening");

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    const changes = weakening.changes.filter(({ file }) => url.endsWith(`/src/${file}`));
    if (changes.length === 0) return loaded;
    let source = String(loaded.source);
    for (const { file, find, replace, all } of changes) {
      const parts = source.split(find);
      const isAsSaid = all === true ? parts.length > 1 : parts.length === 2;
      if (!isAsSaid) throw new Error(`${file} has ${parts.length - 1} times: ${find}`);
      source = parts.join(replace);
    }
    return { ...loaded, source };
  },
});
