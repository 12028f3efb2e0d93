/** Work that has to be done before a system takes no more messages. Must not reject. */
type BeforeShutdown = (deadlineMs: number) => Promise<unknown>;

const registered = new WeakMap<object, Set<BeforeShutdown>>();
/** Systems whose shutdown has begun. */
const ending = new WeakSet<object>();

/** Whether the shutdown of a system has begun: work that is added now is not done any more. */
export function hasShutdownBegun(system: object): boolean {
  return ending.has(system);
}

/** Adds work to be done at the beginning of a shutdown. Returns what removes it. */
export function beforeShutdown(system: object, work: BeforeShutdown): () => void {
  const all = registered.get(system) ?? new Set();
  registered.set(system, all.add(work));
  return () => void all.delete(work);
}

/**
 * Does what has to be done before a shutdown.
 *
 * @param deadlineMs that all of it has
 * @returns `undefined` if there is nothing to do
 */
export function workBeforeShutdown(
  system: object,
  deadlineMs: number,
): Promise<unknown> | undefined {
  ending.add(system);
  const all = [...(registered.get(system) ?? [])];
  return all.length === 0 ? undefined : Promise.all(all.map((work) => work(deadlineMs)));
}
