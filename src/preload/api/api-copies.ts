import * as imported from "@opentelemetry/api";
import { requireFrom } from "../../base/node/module-require.ts";
import { applicationDirectories, importEntry, packageOf, resolveFrom } from "../application.ts";

const NAME = "@opentelemetry/api";
const require = requireFrom(import.meta.url);

/** A loaded copy of the API. Those before 1.10 have no `logs`. */
type Api = Pick<typeof imported, "trace" | "ProxyTracerProvider"> &
  Partial<Pick<typeof imported, "logs">>;

/** The copies of `@opentelemetry/api` in this process. */
export interface ApiCopies {
  /** Versions of limelight's copies and of the application's. */
  readonly versions: readonly string[];
  /** The loaded ones. The ES module and the CommonJS module of one package are two copies. */
  readonly loaded: readonly Api[];
}

/**
 * Finds the copies of the API that limelight and the application use.
 *
 * A tracer that was requested before an SDK is registered belongs to the copy that it was requested from, and
 * starts to record only if the SDK is given to that copy.
 */
export function findApiCopies(): ApiCopies {
  const own = require.resolve(NAME);
  const loaded = new Set<Api>([imported, require(own) as Api]);
  const versions = [versionOf(own)];
  for (const directory of applicationDirectories()) {
    const file = resolveFrom([directory], NAME);
    if (file === undefined || file === own) continue;
    versions.push(versionOf(file));
    if (require.cache[file] !== undefined) loaded.add(require(file) as Api);
    const module = importedCopy(file);
    if (module !== undefined) loaded.add(module);
  }
  return { versions: versions.filter((version) => version !== undefined), loaded: [...loaded] };
}

function versionOf(file: string): string | undefined {
  return packageOf(file, NAME)?.manifest.version;
}

/** Returns the copy that `import` loads. Node does not tell whether it is loaded already, so it is loaded. */
function importedCopy(file: string): Api | undefined {
  const installed = packageOf(file, NAME);
  const entry = installed === undefined ? undefined : importEntry(installed);
  if (entry === undefined || entry === file) return undefined;
  try {
    return require(entry) as Api;
  } catch {
    return undefined; // not loadable: nothing was requested from it
  }
}
