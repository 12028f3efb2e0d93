import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { Content } from "../http/answers.ts";

/** The files of the page by path, as they are served. */
export type PageFiles = ReadonlyMap<string, Content>;

/** The parts of the page, either built before or bundled on demand. */
interface Bundle {
  /** Refers to its assets as `./assets/console.js` and `./assets/console.css`. */
  readonly html: string;
  readonly script: string;
  readonly style: string;
}

/** Bundles the page when limelight runs from its sources. */
interface Bundler {
  readonly bundlePage: () => Promise<Bundle>;
}

/** Whether limelight runs from its sources. Where it is bundled as CommonJS, `import.meta.url` is undefined. */
const isSource = extname((import.meta.url as string | undefined) ?? "") === ".ts";

/** Why there is no page, and what helps. */
export const NO_PAGE: string = isSource
  ? "the page is not built: `npm run build` builds it; all below /api is there"
  : "the page's files are not next to limelight's code: keep `limelight` out of bundles (esbuild: --external:limelight); all below /api is there";

/**
 * Loads the built page, or bundles it when limelight runs from its sources. Resolves to `undefined` if
 * neither is possible.
 */
export async function loadPage(): Promise<PageFiles | undefined> {
  try {
    return toFiles(await (isSource ? bundle() : readBuilt()));
  } catch {
    return undefined; // not built: requests for the page are answered with the reason
  }
}

async function readBuilt(): Promise<Bundle> {
  const read = (name: string): Promise<string> =>
    readFile(new URL(`../page/${name}`, import.meta.url), "utf8");
  const [html, script, style] = await Promise.all(
    ["index.html", "console.js", "console.css"].map(read),
  );
  return { html: html ?? "", script: script ?? "", style: style ?? "" };
}

/** Bundles the page with a tool of the repository, which no module of the package may import statically. */
async function bundle(): Promise<Bundle> {
  const tool = new URL("../../tools/build-page.ts", import.meta.url).href;
  const { bundlePage } = (await import(tool)) as Bundler;
  return bundlePage();
}

/**
 * Returns the files to serve. Asset names contain a hash of the content, so that a page never runs with the
 * script of another version. The page refers to them by relative paths, because a proxy may serve it under a
 * path prefix.
 */
function toFiles({ html, script, style }: Bundle): PageFiles {
  const scriptPath = `/assets/console-${hashOf(script)}.js`;
  const stylePath = `/assets/console-${hashOf(style)}.css`;
  const page = html
    .replaceAll("./assets/console.js", `.${scriptPath}`)
    .replaceAll("./assets/console.css", `.${stylePath}`);
  const file = (type: string, body: string): Content => ({
    type: `${type}; charset=utf-8`,
    body: Buffer.from(body),
  });
  return new Map([
    ["/", file("text/html", page)],
    [scriptPath, file("text/javascript", script)],
    [stylePath, file("text/css", style)],
  ]);
}

function hashOf(content: string): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 12);
}
