import { ErrorCode, StoreError } from "../../base/errors.ts";

/** The module `node:sqlite`. */
type Sqlite = typeof import("node:sqlite");

/** How the warning begins that Node 22 prints when the module is loaded. */
const NOTICE = "SQLite is an experimental feature";

let loaded: Sqlite | undefined;

/**
 * Returns `node:sqlite`, loaded on first use: programs without a store on disk must not pay for it.
 *
 * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE` where Node was built or started without it
 */
export function sqlite(): Sqlite {
  loaded ??= loadQuietly();
  if (loaded === undefined) {
    throw new StoreError("this Node has no node:sqlite; it may run with --no-experimental-sqlite", {
      code: ErrorCode.StoreUnavailable,
    });
  }
  return loaded;
}

/** Loads the module without its experimental warning, and lets all other warnings pass. */
function loadQuietly(): Sqlite | undefined {
  const { emitWarning } = process;
  process.emitWarning = ((...args: Parameters<typeof emitWarning>): void => {
    if (!String(args[0]).startsWith(NOTICE)) emitWarning.apply(process, args);
  }) as typeof emitWarning;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
