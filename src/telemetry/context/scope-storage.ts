/** The AsyncLocalStorage of the context manager; `undefined` while it is unknown. */
export let scopeStorage: unknown;

/** Sets the storage under which the active context is kept. */
export function setScopeStorage(storage: unknown): void {
  scopeStorage = storage;
}
