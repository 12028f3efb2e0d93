/** The list that keys act on when nothing has the focus. */
interface ActiveGrid {
  /** Does what a key stands for; false when it stands for nothing there. */
  act(key: string): boolean;
  focus(): void;
}

let active: ActiveGrid | undefined;

/** Makes a grid the one that keys act on; returns what ends that. */
export function activateGrid(grid: ActiveGrid): () => void {
  active = grid;
  return () => {
    if (active === grid) active = undefined;
  };
}

/** Gives the open tab's list the focus and a key; false when there is no list, or the key is not its. */
export function keyToGrid(key: string): boolean {
  if (active === undefined) return false;
  active.focus();
  return active.act(key);
}
