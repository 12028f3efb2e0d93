import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { bundlePage, type PageBundle } from "../../tools/build-page.ts";
import { readSources } from "../_support/telemetry-sources.ts";

const MAX_BYTES = 92 * 1_024;

describe("the bundled page", () => {
  let page: PageBundle;

  before(async () => {
    page = await bundlePage();
  });

  it("is smaller than 92 KiB as it travels", () => {
    const sizes = [page.html, page.script, page.style].map((text) => gzipSync(text).length);
    const total = sizes.reduce((sum, size) => sum + size, 0);

    assert.ok(total < MAX_BYTES, `${sizes.join(" + ")} bytes`);
  });

  it("needs nothing from elsewhere, and nothing its policy forbids", () => {
    const { html, script, style } = page;
    // Names of XML's languages are no addresses that anybody asks.
    const addresses = `${html}${script}${style}`.match(/https?:\/\/[\w.]+/g) ?? [];

    assert.deepEqual(
      addresses.filter((address) => address !== "http://www.w3.org"),
      [],
    );
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
    assert.doesNotMatch(style, /@import|url\((?!["']?data:)/);
    assert.doesNotMatch(script, /\beval\(|new Function\(/);
  });

  it("names its assets as its server serves them", () => {
    assert.match(page.html, /"\.\/assets\/console\.js"/);
    assert.match(page.html, /"\.\/assets\/console\.css"/);
  });

  it("comes with the licenses of what is in it", () => {
    assert.match(page.licenses, /^preact \d+\.\d+\.\d+\n/m);
    assert.match(page.licenses, /^uplot \d+\.\d+\.\d+\n/m);
    assert.equal(page.licenses.match(/The MIT License/g)?.length, 2);
  });
});

describe("the page's sources", () => {
  it("never make markup of text", () => {
    const sources = readSources().filter(({ file }) => file.startsWith("page/"));
    const markup = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc/;

    assert.ok(sources.length > 40);
    assert.deepEqual(
      sources.filter(({ text }) => markup.test(text)).map(({ file }) => file),
      [],
    );
  });
});
