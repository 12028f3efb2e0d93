import { existsSync } from "node:fs";
import { register } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { requireFrom } from "../../base/node/module-require.ts";

const require = requireFrom(import.meta.url);

/** `import-in-the-middle/register-hooks.mjs`. */
interface SynchronousHooks {
  supportsSyncHooks(): boolean;
  register(options: { shouldInclude(url: string, specifier: string): boolean }): void;
}

/** The modules whose `import` is intercepted. More can be added as long as hooks are synchronous. */
export class ImportedModules {
  readonly #names = new Set<string>();
  #all = false;

  add(name: string): void {
    this.#names.add(name).add(`node:${name}`);
  }

  /** Intercepts all packages: it is not known which ones an instrumentation of the application patches. */
  addAll(): void {
    this.#all = true;
  }

  includes(specifier: string): boolean {
    if (this.#names.has(specifier)) return true;
    return this.#all && /^[@\w]/.test(specifier) && !specifier.startsWith("file:");
  }

  get names(): string[] {
    return [...this.#names].filter((name) => !name.startsWith("node:"));
  }
}

/**
 * Intercepts `import` of `modules`, as `require` is intercepted anyway.
 *
 * The hooks are synchronous where Node supports it. In older versions they run in a thread of their own;
 * `module.register`, which they need, is deprecated in Node 26.
 *
 * @param file the main file of the copy of `import-in-the-middle` that the instrumentations use
 */
export function interceptImports(file: string, modules: ImportedModules): void {
  const directory = dirname(file);
  const synchronous = join(directory, "register-hooks.mjs");
  if (existsSync(synchronous)) {
    const hooks = require(synchronous) as SynchronousHooks;
    if (hooks.supportsSyncHooks()) {
      hooks.register({ shouldInclude: (_url, specifier) => modules.includes(specifier) });
      return;
    }
  }
  const hook = pathToFileURL(join(directory, "hook.mjs"));
  register(hook, { parentURL: import.meta.url, data: { include: modules.names } });
}
