import { defineConfig } from "vitepress";
import apiSidebar from "../api/typedoc-sidebar.json" with { type: "json" };
import { SECTIONS } from "./sections.ts";

// biome-ignore lint/style/noDefaultExport: VitePress reads the default export
export default defineConfig({
  title: "limelight",
  description: "An actor runtime for Node.js with built-in observability",
  cleanUrls: true,
  lastUpdated: false,
  ignoreDeadLinks: "localhostLinks",
  markdown: { languageAlias: { mjs: "js", cjs: "js" } },
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
