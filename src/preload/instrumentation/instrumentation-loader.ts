import { dirname } from "node:path";
import { errorType, toError } from "../../base/errors.ts";
import { requireFrom } from "../../base/node/module-require.ts";
import { resolveFrom } from "../application.ts";
import type { Diagnostics } from "../diagnostics.ts";

/** The parts of an instrumentation that are used here. */
interface Instrumentation {
  /** Name of its package. */
  readonly instrumentationName: string;
  disable(): void;
  getModuleDefinitions(): readonly { readonly name: string }[] | undefined;
}

/** A created instrumentation, and the file that it was loaded from. */
export interface LoadedInstrumentation {
  readonly instrumentation: Instrumentation;
  /** Names of the modules that it patches. Empty if it subscribes to events instead. */
  readonly modules: readonly string[];
  readonly file: string;
}

type InstrumentationClass = new (config: object) => Instrumentation;

export const PREFIX = "@opentelemetry/instrumentation-";
const require = requireFrom(import.meta.url);
/** Instrumentations that also pass log lines to the Logs API, through a second stream for each logger. */
const LOGGERS = new Set(["bunyan", "pino", "winston"]);

/** Parameters of {@link loadInstrumentation}. */
export interface LoadOptions {
  /** Where packages are looked up, in order. */
  readonly directories: readonly string[];
  /** Whether records of the Logs API are exported. */
  readonly exportsLogs: boolean;
  readonly diagnostics: Diagnostics;
}

/**
 * Loads `@opentelemetry/instrumentation-<name>` and creates it, which enables it.
 *
 * @returns `undefined` if it is not installed, or failed, which is reported
 */
export function loadInstrumentation(
  name: string,
  options: LoadOptions,
): LoadedInstrumentation | undefined {
  const { directories, exportsLogs, diagnostics } = options;
  const file = resolveFrom(directories, `${PREFIX}${name}`);
  if (file === undefined) return undefined;
  const report = (reason: string, error_type: string): undefined => {
    diagnostics.report("instrumentation not loaded", { instrumentation: name, error_type, reason });
  };
  try {
    const exported = Object.values(require(file) as object);
    const Class = exported.find(isInstrumentationClass);
    if (Class === undefined) return report("it exports no instrumentation", "no_instrumentation");
    const config = LOGGERS.has(name) && !exportsLogs ? { disableLogSending: true } : {};
    const instrumentation = new Class(config);
    const modules = (instrumentation.getModuleDefinitions() ?? []).map((module) => module.name);
    return { instrumentation, modules, file };
  } catch (error) {
    return report(toError(error).message, errorType(error));
  }
}

function isInstrumentationClass(value: unknown): value is InstrumentationClass {
  if (typeof value !== "function" || !value.name.endsWith("Instrumentation")) return false;
  const prototype = value.prototype as Partial<Instrumentation> | undefined;
  return typeof prototype?.getModuleDefinitions === "function";
}

/** Returns the file of `import-in-the-middle` that the instrumentation in `file` uses. */
export function importHookOf(file: string): string | undefined {
  const base = resolveFrom([dirname(file)], "@opentelemetry/instrumentation");
  return base === undefined ? undefined : resolveFrom([dirname(base)], "import-in-the-middle");
}
