import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { ViewerError, ViewerErrorCode } from "./viewer-error.ts";

/** A file as it is served. */
export interface Asset {
  readonly type: string;
  readonly body: string | Uint8Array;
}

const PAGE = join(import.meta.dirname, "page");

/**
 * Builds the page and returns its files by path: script and style, each with its imports, and `/`, the
 * document.
 *
 * @throws {@link ViewerError} `ERR_VIEWER_PAGE` when a source does not build
 */
export async function buildPage(): Promise<ReadonlyMap<string, Asset>> {
  try {
    const { outputFiles } = await build({
      entryPoints: [join(PAGE, "page.tsx"), join(PAGE, "page.css")],
      outdir: "/",
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      target: "es2024",
      jsx: "automatic",
      jsxImportSource: "preact",
      logLevel: "silent",
    });
    const built = outputFiles.map(({ path, contents }): [string, Asset] => [
      path,
      { type: path.endsWith(".css") ? "text/css" : "text/javascript", body: contents },
    ]);
    const html = await readFile(join(PAGE, "page.html"), "utf8");
    return new Map([...built, ["/", { type: "text/html; charset=utf-8", body: html }]]);
  } catch (error) {
    throw new ViewerError(ViewerErrorCode.Page, "the page cannot be built", { cause: error });
  }
}
