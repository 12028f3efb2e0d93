import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { CATEGORIES } from "./category-table.ts";

/*
 * Builds the documentation site into `tools/site/dist`: the pages of `docs`, and the reference that TypeDoc makes
 * of the docstrings. Fails on dead links and on docstrings that link to nothing.
 */
const here = import.meta.dirname;
const root = join(here, "../..");
const work = join(here, ".build");
const ENTRIES = [
  "index",
  "client",
  "console",
  "gateway",
  "health",
  "store",
  "cluster",
  "telemetry",
  "testing",
  "preload",
  "react",
];

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly repository?: { readonly url: string };
};
const repository = manifest.repository?.url.replace(/^git\+|\.git$/g, "");

/**
 * Rewrites the links of `page`, a path in the repository, for the site: pages below `docs` are pages of the site,
 * and all other files are in the repository.
 */
function redirect(text: string, page: string): string {
  return text.replaceAll(
    /\]\((?![a-z]+:|#|\/)([^)#\s]+)(#[^)\s]*)?\)/g,
    (_whole, path: string, hash = "") => {
      const target = posix.normalize(posix.join(posix.dirname(page), path));
      if (!target.startsWith("docs/")) {
        return target === "README.md"
          ? `](/${hash})`
          : `](${repository}/blob/main/${target}${hash})`;
      }
      return `](/${target.slice("docs/".length)}${hash})`;
    },
  );
}

function copyPage(from: string, to: string): void {
  const file = join(work, to);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, redirect(readFileSync(join(root, from), "utf8"), from));
}

function copyPages(): void {
  copyPage("README.md", "index.md");
  for (const page of globSync("docs/**/*.md", { cwd: root })) {
    copyPage(page, page.slice("docs/".length));
  }
  cpSync(join(root, "docs/pictures"), join(work, "public/pictures"), { recursive: true });
}

function makeReference(): void {
  const typedoc = join(here, "node_modules/typedoc/bin/typedoc");
  const entries = ENTRIES.map((entry) => join(root, `src/${entry}.ts`));
  const options = {
    entryPoints: entries,
    tsconfig: join(root, "tsconfig.build.json"),
    out: join(work, "api"),
    plugin: ["typedoc-plugin-markdown", "typedoc-vitepress-theme", join(here, "categories.ts")],
    name: "Reference",
    categorizeByGroup: false,
    navigation: { includeCategories: true, includeGroups: false },
    indexFormat: "table",
    parametersFormat: "table",
    hideBreadcrumbs: true,
    categoryOrder: [...CATEGORIES.map(([category]) => category), "*"],
    sort: ["kind", "alphabetical"],
    kindSortOrder: ["Function", "Class", "Interface", "Enum", "Variable", "TypeAlias", "Reference"],
    docsRoot: work,
    readme: "none",
    // TypeScript 7 has checked the sources already.
    skipErrorChecking: true,
    disableSources: true,
    excludeInternal: true,
    // Docstrings of types that come from OpenTelemetry's API.
    externalSymbolLinkMappings: { "@opentelemetry/api": { "*": "#" } },
    treatWarningsAsErrors: true,
    validation: { notExported: false, invalidLink: true, rewrittenLink: true },
  };
  const file = join(work, "typedoc.json");
  writeFileSync(file, JSON.stringify(options));
  execFileSync(process.execPath, [typedoc, "--options", file], { stdio: "inherit", cwd: root });
}

/** esbuild, inside of VitePress, reads the repository's tsconfig.json as well, and does not know its target yet. */
const KNOWN_WARNING = /^.*Unrecognized target environment[\s\S]*?╵ .*\n\s*/m;

/** @throws when the build prints a warning, such as one about a dead link or a page that does not parse */
function buildPages(): void {
  const vitepress = join(here, "node_modules/vitepress/bin/vitepress.js");
  const { status, stderr } = spawnSync(process.execPath, [vitepress, "build", work], {
    cwd: here,
    stdio: ["ignore", "inherit", "pipe"],
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  const warnings = stderr.replace(KNOWN_WARNING, "");
  process.stderr.write(warnings);
  if (status !== 0) throw new Error(`VitePress ended with ${status}`);
  if (/warn|\(!\)/i.test(warnings)) throw new Error("VitePress printed warnings");
}

rmSync(work, { recursive: true, force: true });
mkdirSync(join(work, ".vitepress"), { recursive: true });
copyPages();
makeReference();
for (const file of ["config.ts", "sections.ts"])
  cpSync(join(here, file), join(work, ".vitepress", file));
buildPages();
