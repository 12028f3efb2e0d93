import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";

/** The console's page. */
export interface PageBundle {
  /** Refers to its assets as `./assets/console.js` and `./assets/console.css`; servers may rename them. */
  readonly html: string;
  /** The script of the page and of its worker. */
  readonly script: string;
  readonly style: string;
  /** Licenses of the bundled packages. */
  readonly licenses: string;
}

const ROOT = join(import.meta.dirname, "..");
const SOURCE = join(ROOT, "src/page");
const TARGET = join(ROOT, "dist/page");
/** Minimum versions for the newest features used: `light-dark()`, `Map.groupBy`. */
const BROWSERS = ["chrome123", "edge123", "firefox120", "safari17.5"];

/**
 * Bundles the console's page without writing files.
 *
 * @param minify off for a script that is read in a debugger
 */
export async function bundlePage({
  minify = true,
}: {
  readonly minify?: boolean;
} = {}): Promise<PageBundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["main.tsx", "styles/console.css"].map((file) => ({
      in: join(SOURCE, file),
      out: "console",
    })),
    outdir: TARGET,
    bundle: true,
    write: false,
    metafile: true,
    minify,
    format: "esm",
    target: BROWSERS,
    jsx: "automatic",
    jsxImportSource: "preact",
    tsconfigRaw: "{}",
    legalComments: "none",
    logLevel: "silent",
  });
  const textOf = (extension: string): string =>
    outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? "";
  return {
    html: readFileSync(join(SOURCE, "index.html"), "utf8"),
    script: textOf(".js"),
    style: textOf(".css"),
    licenses: licenses(metafile),
  };
}

/** Returns name, version and license of each package in the bundle. */
function licenses({ inputs }: Metafile): string {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)\//;
  const packages = new Set(Object.keys(inputs).flatMap((path) => inPackage.exec(path)?.[1] ?? []));
  const texts = [...packages].sort().map((name) => {
    const folder = join(ROOT, "node_modules", name);
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      version: string;
    };
    const [file = ""] = globSync("LICEN[CS]E*", { cwd: folder });
    return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  return texts.join(`\n${"-".repeat(79)}\n\n`);
}

if (import.meta.main) {
  const { html, script, style, licenses: texts } = await bundlePage();
  mkdirSync(TARGET, { recursive: true });
  writeFileSync(join(TARGET, "index.html"), html);
  writeFileSync(join(TARGET, "console.js"), script);
  writeFileSync(join(TARGET, "console.css"), style);
  writeFileSync(join(TARGET, "THIRD-PARTY-LICENSES.txt"), texts);
}
