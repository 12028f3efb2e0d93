import { closeSync, fsyncSync, openSync } from "node:fs";

function sync(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes what the system has cached of a file to the disk. */
export function syncFile(path: string): void {
  sync(path, "r+");
}

/** Makes the names in a directory durable, such as that of a file that was renamed. Windows does so by itself. */
export function syncDirectory(path: string): void {
  if (process.platform !== "win32") sync(path, "r");
}
