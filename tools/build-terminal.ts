import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { thirdPartyLicenses } from "./bundle/third-party-licenses.ts";

// Makes one file of the terminal view with all it uses, so that whoever installs limelight gets neither
// React nor Ink as a dependency. It takes the place of what tsc has written for the folder.

const root = join(import.meta.dirname, "..");
const folder = join(root, "dist/terminal");

/** Ink asks for React's developer tools where they are installed; in a bundle there are none. */
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

// The model of both viewers is in this bundle and in the page's; nothing else needs it.
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
  // Names stay as they are: a stack with them says where a fault is.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  plugins: [withoutDevtools],
  define: { "process.env.NODE_ENV": '"production"' },
  // Some of what Ink uses is CommonJS, and asks for Node's own modules by `require`.
  banner: {
    js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
  },
});
const licenses = thirdPartyLicenses(Object.keys(metafile.inputs));
writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), licenses);
