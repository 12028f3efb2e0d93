import { defineConfig } from "vitepress";
import apiSidebar from "../api/typedoc-sidebar.json" with { type: "json" };
import { SECTIONS } from "./sections.ts";

/** The icon of the console. A data URL is independent of the path below which the site is served. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='8' fill='#15181b'/><path d='M16 5 27 26H5Z' fill='#bef264' opacity='.35'/><circle cx='16' cy='22' r='4.5' fill='#bef264'/></svg>",
)}`;

// biome-ignore lint/style/noDefaultExport: VitePress reads the default export
export default defineConfig({
  title: "limelight",
  description: "An actor runtime for Node.js with built-in observability",
  outDir: "../dist",
  // Names of metrics and variables in tables are long, and would push the other columns off the page.
  head: [
    ["link", { rel: "icon", type: "image/svg+xml", href: ICON }],
    ["style", {}, ".vp-doc td code { overflow-wrap: anywhere; } .vp-doc td { min-width: 7em; }"],
  ],
  cleanUrls: true,
  lastUpdated: false,
  ignoreDeadLinks: "localhostLinks",
  // A site of 200 pages, read from a file system or an intranet: a quick build is worth more than small scripts.
  vite: { build: { minify: false, chunkSizeWarningLimit: 10_000 } },
  markdown: {
    languageAlias: { mjs: "js", cjs: "js" },
    attrs: { disable: true }, // braces are text, such as those of a template in the name of a test
  },
  themeConfig: {
    search: { provider: "local" },
    nav: [{ text: "API", link: "/api/" }],
    sidebar: [
      ...SECTIONS.map(({ title, pages }) => ({
        text: title,
        collapsed: false,
        items: pages.map(([path, text]) => ({ text, link: `/${path}` })),
      })),
      { text: "API", collapsed: true, items: apiSidebar },
    ],
    outline: [2, 3],
  },
});
