import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { judge } from "../tools/audit.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const manifest = JSON.parse(read("package.json"));

/** The targets of relative links and pictures in a page, without their anchors. */
function relativeLinks(page: string): string[] {
  const links = [...page.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)];
  return links.map(([, target = ""]) => target);
}

describe("the README on the registry's page", () => {
  const links = relativeLinks(read("README.md"));

  it("has relative links, which the page resolves in the repository that package.json names", () => {
    assert.ok(links.length > 10);
    assert.match(manifest.repository.url, /^git\+https:\/\/github\.com\/[\w-]+\/[\w-]+\.git$/);
    assert.deepEqual(
      links.filter((link) => !existsSync(join(ROOT, link))),
      [],
    );
    for (const address of [manifest.homepage, manifest.bugs.url]) assert.match(address, /^https:/);
  });

  it("has its links in the installed package too, except for pictures", () => {
    const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
    const [{ files }] = JSON.parse(execFileSync("npm", args, { cwd: ROOT, encoding: "utf8" }));
    const packed = new Set(files.map(({ path }: { readonly path: string }) => path));

    assert.deepEqual(
      links.filter((link) => !link.endsWith(".png") && !packed.has(link)),
      [],
    );
  });
});

describe("the texts of the project", () => {
  it("never suggest an `npx` that would fetch a package of that name from the registry", () => {
    const pages = ["*.md", "docs/**/*.md", "examples/*.ts", "src/**/*.{ts,tsx}", "Dockerfile"];
    const problems = globSync(pages, { cwd: ROOT }).filter((file) =>
      /npx\s+(?!--no\b|--no-install\b)(?:-\S+\s+)*limelight/.test(read(file)),
    );

    assert.deepEqual(problems, []);
  });
});

describe("the audit of the packages that users install", () => {
  it("fails on a vulnerability, and on an audit that failed", () => {
    const found = { metadata: { vulnerabilities: { high: 1, low: 2, total: 3 } } };
    assert.deepEqual(judge(JSON.stringify(found)), {
      text: "vulnerable packages: 1 high, 2 low",
      failed: true,
    });
    assert.equal(judge(JSON.stringify({ message: "503", statusCode: 503 })).failed, true);
  });

  it("passes without one, and says so where the registry answers no audits", () => {
    const clean = { metadata: { vulnerabilities: { high: 0, total: 0 } } };
    assert.equal(judge(JSON.stringify(clean)).failed, false);
    const { text, failed } = judge(JSON.stringify({ message: "405", statusCode: 405 }));
    assert.equal(failed, false);
    assert.match(text, /^NOT AUDITED/);
  });
});
