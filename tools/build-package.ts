import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";

// Bundles what users import into few files: loading a thousand small ones took two thirds of a start. Code that
// several entries use is in chunks of its own, so that each class exists once. tsc has written the types.

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
/** One level below `dist`: files of the package are found from there as from the folders of the sources. */
const LIB = "lib";

/** Public entries. Each is a file in `dist` that exports what its bundle does. */
const ENTRIES = [
  "client",
  "cluster",
  "console",
  "gateway",
  "health",
  "index",
  "preload",
  "react",
  "store",
  "telemetry",
  "testing",
] as const;
/** Entries that run in browsers as well, where there is no version of Node to check. */
const ANYWHERE: ReadonlySet<string> = new Set(["client", "react"]);
/** Files that a thread or process of its own runs. They are looked for next to the code that starts them. */
const PROGRAMS = [
  "activation/sql/sql-watchdog",
  "activation/sql/sql-worker",
  "demo/load/load-generator",
  "store/sqlite/store-worker",
] as const;

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** `build-terminal.ts` bundles the terminal view with Ink and React. */
const withoutTerminal: Plugin = {
  name: "without-terminal",
  setup(bundler) {
    bundler.onResolve({ filter: /\/terminal\/top\.ts$/ }, () => ({
      path: "../terminal/top.js",
      external: true,
    }));
  },
};

function write(file: string, text: string): void {
  const path = join(dist, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const COMMON = {
  absWorkingDir: root,
  platform: "node",
  target: "node22.15",
  // Neither names nor lines are minified, so that stack traces stay readable without source maps.
  sourcemap: true,
  legalComments: "none",
  logLevel: "warning",
} as const;

rmSync(join(dist, LIB), { recursive: true, force: true });
await build({
  ...COMMON,
  entryPoints: [
    ...ENTRIES.map((name) => ({ in: `src/${name}.ts`, out: name })),
    ...PROGRAMS.map((path) => ({ in: `src/${path}.ts`, out: nameOf(path) })),
    { in: "src/base/node/require-node.ts", out: "require-node" },
    { in: "src/cli/main.ts", out: "main" },
  ],
  outdir: join(dist, LIB),
  bundle: true,
  splitting: true,
  chunkNames: "chunk-[hash]",
  format: "esm",
  packages: "external",
  // `sideEffects` of package.json is about the files in `dist`.
  ignoreAnnotations: true,
  plugins: [withoutTerminal],
});
await build({ ...COMMON, entryPoints: ["src/preload.cts"], outfile: "dist/preload.cjs" });
for (const name of ENTRIES) {
  // Before all else: modules run in the order of their imports.
  const check = ANYWHERE.has(name) ? "" : `import "./${LIB}/require-node.js";\n`;
  write(`${name}.js`, `${check}export * from "./${LIB}/${name}.js";\n`);
}
write("cli/main.js", `#!/usr/bin/env node\nimport "../${LIB}/main.js";\n`);
