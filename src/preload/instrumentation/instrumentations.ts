import { dirname } from "node:path";
import type { Tracer, TracerOptions } from "@opentelemetry/api";
import { toError } from "../../base/errors.ts";
import { requireFrom } from "../../base/node/module-require.ts";
import type { TracerProvider } from "../../telemetry/spans/tracer-provider.ts";
import { applicationDirectories, packageOf, resolveFrom } from "../application.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Environment } from "../environment.ts";
import { ImportedModules, interceptImports } from "./import-hooks.ts";
import {
  ChoiceKind,
  chooseFrom,
  type InstrumentationChoice,
  readChoice,
  reportAbsent,
  reportNoAuto,
} from "./instrumentation-choice.ts";
import {
  importHookOf,
  type LoadedInstrumentation,
  loadInstrumentation,
  PREFIX,
} from "./instrumentation-loader.ts";
import { InstrumentationTargets } from "./instrumentation-targets.ts";

const AUTO = "@opentelemetry/auto-instrumentations-node";
const require = requireFrom(import.meta.url);

/**
 * Returns whether the application has loaded OpenTelemetry's base of instrumentations, in a file that ran
 * before the preload.
 */
export function hasInstrumentations(): boolean {
  return Object.keys(require.cache).some((file) =>
    /[\\/]require-in-the-middle[\\/]index\.js$/.test(file),
  );
}

/** Parameters of {@link registerInstrumentations}. */
export interface InstrumentationParts {
  readonly environment: Environment;
  readonly diagnostics: Diagnostics;
  readonly tracerProvider: TracerProvider | undefined;
  /** Whether the application has instrumentations of its own already. */
  readonly present: boolean;
  /** Stops the preload's own metrics of Node, in favour of `instrumentation-runtime-node`. */
  readonly stopRuntimeMetrics: () => void;
}

/**
 * Registers the instrumentations that are installed in the application and chosen by
 * `LIMELIGHT_INSTRUMENTATIONS`. Must run when the SDK is registered: they request their tracers and meters
 * when they are created.
 *
 * @returns whether log lines of pino also become records of the Logs API
 */
export function registerInstrumentations(parts: InstrumentationParts): boolean {
  const { environment, diagnostics, tracerProvider, present } = parts;
  const choice = readChoice(environment);
  const replaced = new Map([[`${PREFIX}runtime-node`, parts.stopRuntimeMetrics]]);
  const modules = new ImportedModules();
  let pino = false;
  if (present && choice?.kind !== ChoiceKind.Named) {
    diagnostics.info("instrumentations are registered already: limelight/preload adds none");
  } else if (choice !== undefined) {
    const loaded = intercept(create(choice, parts), modules, diagnostics);
    for (const { instrumentation, modules: patched } of loaded) {
      pino ||= instrumentation.instrumentationName === `${PREFIX}pino`;
      // One that patches functions is replaced when another one patches them. Subscriptions would add up.
      if (patched.length > 0) continue;
      replaced.set(instrumentation.instrumentationName, () => instrumentation.disable());
    }
  }
  if (tracerProvider !== undefined) yieldTo(tracerProvider, replaced, modules);
  return pino;
}

function create(
  choice: InstrumentationChoice,
  parts: InstrumentationParts,
): LoadedInstrumentation[] {
  const { environment, diagnostics } = parts;
  const application = applicationDirectories();
  const auto = resolveFrom(application, AUTO);
  const exportsLogs = environment.exporters("OTEL_LOGS_EXPORTER", "none").length > 0;
  const directories = auto === undefined ? application : [dirname(auto), ...application];
  const options = { directories, exportsLogs, diagnostics };
  if (choice.kind === ChoiceKind.Named) {
    return choice.names.flatMap((name) => {
      if (resolveFrom(directories, `${PREFIX}${name}`) === undefined)
        reportAbsent(name, environment);
      return loadInstrumentation(name, options) ?? [];
    });
  }
  if (auto === undefined) {
    if (choice.kind === ChoiceKind.All) reportNoAuto(environment);
    return [];
  }
  const targets = new InstrumentationTargets();
  const installed = (name: string): boolean => targets.installed(name);
  const names = chooseFrom(containedIn(auto), choice.kind, environment, installed);
  return names.flatMap((name) => loadInstrumentation(name, options) ?? []);
}

/** Returns the names of the instrumentations that `auto-instrumentations-node` depends on. */
function containedIn(auto: string): string[] {
  const { dependencies } = packageOf(auto, AUTO)?.manifest ?? {};
  return Object.keys(dependencies ?? {})
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length));
}

/** Lets the instrumentations see `import`, through the copies of `import-in-the-middle` that they use. */
function intercept(
  loaded: LoadedInstrumentation[],
  modules: ImportedModules,
  diagnostics: Diagnostics,
): LoadedInstrumentation[] {
  for (const name of loaded.flatMap((each) => each.modules)) modules.add(name);
  const hooks = new Set(loaded.map(({ file }) => importHookOf(file)));
  for (const file of hooks) {
    try {
      if (file !== undefined) interceptImports(file, modules);
    } catch (error) {
      const { message } = toError(error);
      diagnostics.report("ES modules are not instrumented", { reason: message });
    }
  }
  return loaded;
}

/**
 * Disables an instrumentation of the preload when the application creates the same one, so that no span is
 * recorded twice. Each instrumentation requests a tracer when it is created.
 */
function yieldTo(
  provider: TracerProvider,
  replaced: ReadonlyMap<string, () => void>,
  modules: ImportedModules,
): void {
  const { getTracer } = provider;
  provider.getTracer = (name: string, version?: string, options?: TracerOptions): Tracer => {
    try {
      replaced.get(name)?.();
    } catch {
      // An instrumentation that cannot be disabled must not fail the one that the application creates.
    }
    if (name.includes("instrumentation")) modules.addAll();
    return getTracer.call(provider, name, version, options);
  };
}
