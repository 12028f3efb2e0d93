/**
 * The address of `path` on the console that served this script, for the page and its worker alike. The script is
 * in `assets/` beside `api/`, wherever a proxy serves both.
 */
export function apiAddress(path: string): URL {
  return new URL(`../api/${path}`, import.meta.url);
}
