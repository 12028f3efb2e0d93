import { errorMessage, isError, textProperty } from "../foreign-value.ts";

/** Codes of Node's error for a module that is not found: of `import` and of `require`. */
const NOT_FOUND: ReadonlySet<string | undefined> = new Set([
  "ERR_MODULE_NOT_FOUND",
  "MODULE_NOT_FOUND",
]);

/** Returns whether `error` says that the package `name` itself is not installed, not one that it needs. */
export function isPackageMissing(error: unknown, name: string): boolean {
  if (!isError(error) || !NOT_FOUND.has(textProperty(error, "code"))) return false;
  return errorMessage(error).includes(`'${name}'`);
}

/** Returns the name of the package that `error` says is not installed; `undefined` for any other error. */
export function missingPackage(error: unknown): string | undefined {
  if (!isError(error) || !NOT_FOUND.has(textProperty(error, "code"))) return undefined;
  return /Cannot find (?:module|package) '([^'./][^']*)'/.exec(errorMessage(error))?.[1];
}
