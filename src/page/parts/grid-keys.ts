/** The grid that receives keys when nothing has the focus. */
interface ActiveGrid {
  /** Performs the action of a key. Returns `false` if the key has none. */
  act(key: string): boolean;
  focus(): void;
}

let active: ActiveGrid | undefined;

/** Makes a grid the one that receives keys. Returns a function that undoes it. */
export function activateGrid(grid: ActiveGrid): () => void {
  active = grid;
  return () => {
    if (active === grid) active = undefined;
  };
}

/**
 * Passes a key to the open tab's grid and focuses it. Returns `false` if there is no grid or the key has no
 * action.
 */
export function keyToGrid(key: string): boolean {
  if (active === undefined) return false;
  active.focus();
  return active.act(key);
}
