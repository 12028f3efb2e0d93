import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { bundlePage } from "../_support/browser-page.ts";
import { ConsoleBrowser, type ConsolePage, eventually } from "../_support/console-browser.ts";
import { ScriptedGateway, type ScriptedSocket } from "../_support/scripted-gateway.ts";

let browser: ConsoleBrowser;
let script: string;
before(async () => {
  script = await bundlePage("test/client-browser/page/room.tsx");
  browser = await ConsoleBrowser.launch();
});
after(() => browser[Symbol.asyncDispose]());

/** A page on the origin of a gateway. */
async function open(gateway: ScriptedGateway): Promise<ConsolePage> {
  gateway.answer = ({ path }) => {
    if (path === "/page.js") {
      return { status: 200, headers: { "content-type": "text/javascript" }, body: script };
    }
    const html = '<!doctype html><main></main><script type="module" src="/page.js"></script>';
    return { status: 200, headers: { "content-type": "text/html" }, body: html };
  };
  const opened = await browser.openBlank();
  await opened.page.goto(gateway.url);
  await opened.page.waitForFunction("globalThis.setViews !== undefined");
  return opened;
}

const show = (page: Page, ...names: string[]): Promise<unknown> =>
  page.evaluate(`setViews(${JSON.stringify(names)})`);
const lines = (page: Page, at = 0): Promise<string[]> =>
  page.locator("section").nth(at).locator("li").allTextContents();
const said = (number: number, text: string) =>
  ({ t: "event", a: 7, n: `i.1.${number}`, e: "said", b: text }) as const;

/** Takes the connection of a page, and answers its first question. */
async function enter(socket: ScriptedSocket, texts: string[]) {
  const open = await socket.open({ a: 7 });
  const { i } = await socket.take("ask");
  socket.send({ t: "reply", i, r: texts });
  return open;
}

describe("a component with an actor", () => {
  it("connects once in StrictMode, loads, gets events with its latest listener, and calls", async () => {
    await using gateway = await ScriptedGateway.listen();
    await using opened = await open(gateway);
    const { page } = opened;
    await show(page, "1 alice");
    const socket = await gateway.socket(0);
    await socket.welcome();

    const { params, sub } = await enter(socket, ["first"]);
    assert.deepEqual([params, sub], [{ name: "alice" }, ["said"]]);
    await eventually("loaded", async () => (await lines(page)).join() === "first");
    assert.equal(await page.locator("output").textContent(), "first");
    assert.equal(await page.locator("section").getAttribute("data-status"), "connected");
    await page.locator("button[name=render]").click();
    socket.send(said(1, "second"));
    await eventually("the event", async () => (await lines(page)).join() === "first,second (1)");
    await page.locator("button[name=say]").click();
    const { m, a, i } = await socket.take("ask");
    socket.send({ t: "reply", i });

    assert.deepEqual([m, a], ["say", ["hello"]]);
    assert.deepEqual([gateway.sockets.length, socket.messages], [1, []]);
    assert.deepEqual(opened.problems, []);
  });

  it("shares its connection, which is closed after the last has unmounted", async () => {
    await using gateway = await ScriptedGateway.listen();
    await using opened = await open(gateway);
    const { page } = opened;
    await show(page, "1 alice");
    const socket = await gateway.socket(0);
    await socket.welcome();
    const { c } = await enter(socket, ["a"]);
    await eventually("loaded", async () => (await lines(page)).length === 1);

    await show(page, "1 alice", "2 alice");
    const { i } = await socket.take("ask");
    socket.send({ t: "reply", i, r: ["b"] }, said(1, "both"));
    await eventually("both", async () => (await lines(page, 1)).join() === "b,both (0)");
    assert.deepEqual(await lines(page), ["a", "both (0)"]);
    await show(page, "1 alice");
    socket.send(said(2, "one"));
    await eventually("one", async () => (await lines(page)).length === 3);
    assert.deepEqual(socket.messages, []);
    await show(page);

    assert.equal((await socket.take("unsub")).c, c);
    assert.equal((await socket.take("close")).c, c);
    assert.equal(await socket.untilClosed(), 1000);
    assert.deepEqual(opened.problems, []);
  });

  it("connects anew for another key or other params, and to nothing without a key", async () => {
    await using gateway = await ScriptedGateway.listen();
    await using opened = await open(gateway);
    const { page } = opened;
    await show(page, "1 alice");
    const socket = await gateway.socket(0);
    await socket.welcome();
    const first = await enter(socket, ["a"]);
    await eventually("loaded", async () => (await lines(page)).length === 1);

    await page.evaluate('setKey("hall")');
    assert.equal((await socket.take("unsub")).c, first.c);
    const second = await socket.take("open");
    assert.deepEqual([first.key, second.key], [["lobby"], ["hall"]]);
    assert.equal((await socket.take("close")).c, first.c);
    await page.evaluate("setKey(undefined)");
    assert.equal((await socket.take("unsub")).c, second.c);
    assert.equal((await socket.take("close")).c, second.c);

    assert.equal(await page.locator("section").getAttribute("data-status"), "connecting");
    assert.equal(await socket.untilClosed(), 1000);
    assert.deepEqual(opened.problems, []);
  });

  it("shows the loss and the return of the gateway, and resyncs after a gap", async () => {
    await using gateway = await ScriptedGateway.listen();
    await using opened = await open(gateway);
    const { page } = opened;
    await show(page, "1 alice");
    const socket = await gateway.socket(0);
    await socket.welcome();
    await enter(socket, ["a"]);
    await eventually("loaded", async () => (await lines(page)).length === 1);

    gateway.handshake = "wait";
    socket.close(1001);
    await page.locator("section[data-status=reconnecting]").waitFor();
    gateway.handshake = "take";
    gateway.dropHeld();
    const next = await gateway.socket(1);
    await next.welcome();
    const { last } = await next.open({ a: 7, gap: { reason: "events_lost", missed: 2 } });
    const { i } = await next.take("ask");
    next.send({ t: "reply", i, r: ["a", "b", "c"] });
    await eventually("the resync", async () => (await lines(page)).length === 3);

    assert.equal(last?.at, "i.1.0");
    assert.equal(await page.locator("output").textContent(), "first,events_lost");
    assert.equal(await page.locator("section").getAttribute("data-status"), "connected");
    assert.deepEqual(
      opened.problems.filter((text) => !text.includes("WebSocket")),
      [],
    );
  });

  it("shows why its connection was refused", async () => {
    await using gateway = await ScriptedGateway.listen();
    await using opened = await open(gateway);
    const { page } = opened;
    await show(page, "1 alice");
    const socket = await gateway.socket(0);
    await socket.welcome();
    const { c } = await socket.take("open");
    const error = { code: "BANNED", message: "no", outcome: "failed", requestId: "1" } as const;

    socket.send({ t: "closed", c, again: false, error });
    await page.locator("section[data-status=closed][data-error=BANNED]").waitFor();
    assert.deepEqual(opened.problems, []);
  });

  it("connects again when it is mounted anew after its connection was closed", async () => {
    await using gateway = await ScriptedGateway.listen();
    await using opened = await open(gateway);
    const { page } = opened;
    await show(page, "1 alice");
    const socket = await gateway.socket(0);
    await socket.welcome();
    const { c } = await enter(socket, ["a"]);
    const error = { code: "ERR_DISCONNECTED", message: "bye", outcome: "not_handled" } as const;
    socket.send({ t: "closed", c, again: false, error: { ...error, requestId: "r-1" } });
    const status = (): Promise<string | null> =>
      page.locator("section").getAttribute("data-status");
    await eventually("the end", async () => (await status()) === "closed");

    await show(page, "2 alice"); // both in one commit

    const next = await gateway.socket(1);
    await next.welcome();
    await enter(next, ["b"]);
    await eventually("loaded", async () => (await lines(page)).join() === "b");
    assert.equal(await status(), "connected");
    assert.deepEqual(opened.problems, []);
  });

  it("leaves nothing when it is unmounted while it connects", async () => {
    await using gateway = await ScriptedGateway.listen();
    await using opened = await open(gateway);
    const { page } = opened;
    await show(page, "1 alice");
    const socket = await gateway.socket(0);
    await socket.take("hello");

    await show(page);

    assert.equal(await socket.untilClosed(), 1000);
    assert.deepEqual([gateway.sockets.length, socket.messages], [1, []]);
    assert.deepEqual(opened.problems, []);
  });
});
