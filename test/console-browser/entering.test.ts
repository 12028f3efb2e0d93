import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { ConsoleBrowser, texts } from "../_support/console-browser.ts";
import { type ConsoleKit, openConsole } from "../_support/console-kit.ts";
import { PrefixProxy } from "../_support/prefix-proxy.ts";

const worker = defineActor("worker", { handlers: { ping: () => "pong" } });
const LIVE = ".connection-live";

/** A page of another origin with a link to `href`. */
async function openLinkPage(href: string): Promise<{ url: string; close(): void }> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<a id="link" href="${href}">console</a>`);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe("a browser that enters the console", () => {
  let browser: ConsoleBrowser;
  let kit: ConsoleKit;
  before(async () => {
    browser = await ConsoleBrowser.launch();
    kit = await openConsole();
    await kit.system.spawn(worker).ask.ping();
  });
  after(async () => {
    await kit[Symbol.asyncDispose]();
    await browser[Symbol.asyncDispose]();
  });

  it("comes in by a link of another page, by a reload, and by a link without the token", async () => {
    const withToken = await openLinkPage(kit.console.url);
    const without = await openLinkPage(new URL("/", kit.console.url).href);
    await using opened = await browser.openBlank();
    const { page } = opened;

    await page.goto(withToken.url);
    await page.click("#link");
    await page.locator(LIVE).waitFor();
    assert.equal(page.url(), new URL("/", kit.console.url).href, "the token leaves the address");
    await page.reload();
    await page.locator(LIVE).waitFor();
    await page.goto(without.url);
    await page.click("#link");
    await page.locator(LIVE).waitFor();

    assert.deepEqual(opened.problems, []);
    for (const { close } of [withToken, without]) close();
  });

  it("is told how to come in when it has no token", async () => {
    const link = await openLinkPage(new URL("/", kit.console.url).href);
    await using opened = await browser.openBlank();

    await opened.page.goto(link.url);
    await opened.page.click("#link");
    await opened.page.locator("h1").waitFor();

    assert.deepEqual(await texts(opened.page, "h1"), ["This is a limelight console"]);
    link.close();
  });

  it("sees everything below the path of a proxy", async () => {
    const { port, token } = kit.console;
    await using proxy = await PrefixProxy.start({
      prefix: "/tools/ll/",
      port,
      decodesSlashes: true,
    });
    await using opened = await browser.open(`${proxy.url}?token=${token}`);
    const { page, problems } = opened;

    assert.equal(page.url(), proxy.url);
    await page.locator('tr[data-row^="worker/"]').click();
    await page.locator(".drawer-title").waitFor();

    assert.deepEqual(problems, []);
  });
});
