import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { Content } from "../http/answers.ts";

/** The page as it is served, by path. */
export type PageFiles = ReadonlyMap<string, Content>;

/** What the page is made of, however it was made. */
interface Bundle {
  /** Names its assets `./assets/console.js` and `./assets/console.css`. */
  readonly html: string;
  readonly script: string;
  readonly style: string;
}

/** What bundles the page where limelight runs from its sources. */
interface Bundler {
  readonly bundlePage: () => Promise<Bundle>;
}

/** Reads the built page, or bundles it where this runs from the sources; `undefined` when neither can be. */
export async function loadPage(): Promise<PageFiles | undefined> {
  try {
    return toFiles(await (extname(import.meta.url) === ".ts" ? bundle() : readBuilt()));
  } catch {
    return undefined; // it is not there; who asks for it is told
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

/** The bundler is a tool of the repository: no module of the package may name it. */
async function bundle(): Promise<Bundle> {
  const tool = new URL("../../tools/build-page.ts", import.meta.url).href;
  const { bundlePage } = (await import(tool)) as Bundler;
  return bundlePage();
}

/**
 * Assets get their content into their names, so that a page never runs with another's script. The page names
 * them relative to itself: a proxy may serve it below a path.
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
