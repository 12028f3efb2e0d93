import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { thirdPartyLicenses } from "./bundle/third-party-licenses.ts";

// Bundles the terminal view with its dependencies, so that installing limelight installs neither React nor
// Ink. The bundle replaces the folder that tsc has written.

const root = join(import.meta.dirname, "..");
const folder = join(root, "dist/terminal");

/** Removes React's developer tools, which Ink loads when they are installed. */
const withoutDevtools: Plugin = {
  name: "without-devtools",
  setup(bundler) {
    bundler.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({
      path,
      namespace: "absent",
    }));
    bundler.onLoad({ filter: /.*/, namespace: "absent" }, () => ({
      contents: "export default undefined;",
    }));
  },
};

// Only this bundle and the page's contain the viewer model; nothing else imports it.
for (const written of [folder, join(root, "dist/viewer")]) {
  rmSync(written, { recursive: true, force: true });
}
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/terminal/top.ts"],
  outfile: join(folder, "top.js"),
  bundle: true,
  platform: "node",
  target: "node22.15",
  format: "esm",
  // Identifiers are not minified, so that stack traces stay readable.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  plugins: [withoutDevtools],
  define: { "process.env.NODE_ENV": '"production"' },
  // Some CommonJS dependencies of Ink load built-in modules by `require`.
  banner: {
    js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
  },
});
const licenses = thirdPartyLicenses(Object.keys(metafile.inputs));
writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), licenses);
