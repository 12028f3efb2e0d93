/**
 * Returns the address of `path` on the console that served this script. It works in the page and in its
 * worker: the script is in `assets/` beside `api/`, also behind a proxy.
 */
export function apiAddress(path: string): URL {
  return new URL(`../api/${path}`, import.meta.url);
}
