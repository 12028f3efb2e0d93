import type { Subject } from "../subject.ts";

/** How many spawns or stops of an asynchronous runtime are under way at a time. */
export const BATCH = 1_000;

/** Spawns into `handles` (length = how many); asynchronous runtimes get {@link BATCH} at a time. */
export async function spawnInto<Handle>(
  subject: Subject<Handle>,
  handles: (Handle | undefined)[],
): Promise<void> {
  let pending: Promise<void>[] = [];
  for (let index = 0; index < handles.length; index++) {
    const spawned = subject.spawn();
    if (!(spawned instanceof Promise)) {
      handles[index] = spawned;
      continue;
    }
    pending.push(
      spawned.then((handle) => {
        handles[index] = handle;
      }),
    );
    if (pending.length === BATCH) {
      await Promise.all(pending);
      pending = [];
    }
  }
  await Promise.all(pending);
}

export async function spawnMany<Handle>(
  subject: Subject<Handle>,
  count: number,
): Promise<readonly Handle[]> {
  const handles = new Array<Handle | undefined>(count).fill(undefined);
  await spawnInto(subject, handles);
  return handles.filter((handle) => handle !== undefined);
}

/** Stops all, {@link BATCH} at a time; does nothing for a runtime that cannot stop one actor. */
export async function stopAll<Handle>(
  subject: Subject<Handle>,
  handles: Iterable<Handle | undefined>,
): Promise<void> {
  if (subject.stop === undefined) return;
  let pending: (void | Promise<void>)[] = [];
  for (const handle of handles) {
    if (handle === undefined) continue;
    pending.push(subject.stop(handle));
    if (pending.length === BATCH) {
      await Promise.all(pending);
      pending = [];
    }
  }
  await Promise.all(pending);
}
