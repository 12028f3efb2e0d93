import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { createClient } from "../../src/client.ts";
import { bundlePage } from "../_support/browser-page.ts";
import { ConsoleBrowser, type ConsolePage, eventually } from "../_support/console-browser.ts";
import { DataFolder } from "../_support/data-folder.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import type { ReceivedSpan } from "../_support/preload-otlp-json.ts";
import { ScriptedGateway } from "../_support/scripted-gateway.ts";
import { StoreProcess } from "../_support/store-process.ts";
import type { Actors } from "./page/actors.ts";

const SOURCE = join(import.meta.dirname, "../../src");
const PROGRAM = join(import.meta.dirname, "../_support/page-gateway-program.ts");
const SERVER = 2;

/** What the page has put into a call of its own. */
interface Injected {
  readonly traceId: string;
  readonly spanId: string;
}

let browser: ConsoleBrowser;
let script: string;
before(async () => {
  script = await bundlePage("test/client-browser/page/room.tsx");
  browser = await ConsoleBrowser.launch();
});
after(() => browser[Symbol.asyncDispose]());

/** A site with a page, and a server of another origin whose telemetry goes to `collector`. */
class World implements AsyncDisposable {
  readonly collector: OtlpReceiver;
  readonly #folder = new DataFolder();
  readonly #site: ScriptedGateway;
  readonly #opened: ConsolePage;
  #process: StoreProcess | undefined;
  #port = 0;

  private constructor(collector: OtlpReceiver, site: ScriptedGateway, opened: ConsolePage) {
    this.collector = collector;
    this.#site = site;
    this.#opened = opened;
    site.answer = ({ path }) => {
      const isScript = path === "/page.js";
      const html = '<!doctype html><main></main><script type="module" src="/page.js"></script>';
      const headers = { "content-type": isScript ? "text/javascript" : "text/html" };
      return { status: 200, headers, body: isScript ? script : html };
    };
  }

  /** With one view of the room `lobby`, in which `before` was said. */
  static async open(): Promise<World> {
    const [collector, site] = [await OtlpReceiver.start(), await ScriptedGateway.listen()];
    const world = new World(collector, site, await browser.openBlank());
    await world.start();
    await world.lobby.ask.say("before");
    await world.page.goto(`${site.url}/?gateway=${encodeURIComponent(world.#url)}`);
    await world.page.waitForFunction("globalThis.setViews !== undefined");
    await world.page.evaluate('setViews(["1 alice"])');
    await world.shows("before");
    return world;
  }

  get page(): Page {
    return this.#opened.page;
  }

  get #url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The room, for a client in this process. */
  get lobby() {
    return createClient<Actors>(this.#url).room.get("lobby");
  }

  async start(): Promise<void> {
    const environment = [
      `NODE_OPTIONS=--import ${pathToFileURL(join(SOURCE, "preload.ts")).href}`,
      `OTEL_EXPORTER_OTLP_ENDPOINT=${this.collector.url}`,
      "OTEL_EXPORTER_PROMETHEUS_PORT=0",
      "OTEL_BSP_SCHEDULE_DELAY=100",
    ];
    const args = [this.#folder.path, `${this.#port}`, this.#site.url];
    this.#process = new StoreProcess(args, ["env", ...environment], PROGRAM);
    await this.#process.until((facts) => facts.length > 0);
    this.#port = Number(this.#process.facts[0]?.["port"]);
    assert.ok(this.#port > 0, this.#process.stderr);
  }

  /** Ends the server, and waits until the page has noticed. */
  async stop(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    process.kill(this.#process?.pid ?? 0, signal);
    await this.#process?.ended();
    await this.page.locator("section[data-status=reconnecting]").waitFor();
  }

  /** Resolves when the page shows these lines. */
  shows(lines: string): Promise<void> {
    return eventually(lines, async () => {
      const shown = await this.page.locator("section li").allTextContents();
      return shown.join() === lines;
    });
  }

  /** Why the page has read all lines, each time that it did. */
  reasons(): Promise<string | null> {
    return this.page.locator("output").textContent();
  }

  /** Does something in the page that is one call. Returns what the page has put into it. */
  async call(action: () => Promise<unknown>): Promise<Injected> {
    await this.page.evaluate("void (injected.length = 0)");
    await action();
    const injected = (await this.page.evaluate("injected")) as readonly Injected[];
    assert.equal(injected.length, 1);
    return injected[0] as Injected;
  }

  /** Requires the trace of a call to go on at the server, down to the event that it has sent. */
  async requireTrace({ traceId, spanId }: Injected, name: string): Promise<void> {
    const spanOf = (what: string): Promise<ReceivedSpan> =>
      this.collector.until(`${what} of ${traceId}`, () =>
        this.collector.trace(traceId).find((span) => span.name === what),
      );
    const server = await spanOf(name);
    const ask = await spanOf("ask room.say");
    const handler = await spanOf("room.say");
    const event = await spanOf("room broadcast said");
    assert.deepEqual([server.parentSpanId, server.kind], [spanId, SERVER]);
    assert.equal(ask.parentSpanId, server.spanId);
    assert.equal(handler.parentSpanId, ask.spanId);
    assert.equal(event.parentSpanId, handler.spanId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]();
    await this.#process?.kill();
    await this.collector[Symbol.asyncDispose]();
    await this.#site[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

describe("a page on another site", () => {
  it("survives SIGTERM of the server without losing an event", async () => {
    await using world = await World.open();
    await world.page.locator("button[name=say]").click();
    await world.shows("before,hello (0)");

    await world.stop("SIGTERM");
    await world.start();
    await world.lobby.ask.say("after");

    await world.shows("before,hello (0),after (0)");
    assert.equal(await world.reasons(), "first");
    assert.equal(await world.page.locator("section").getAttribute("data-status"), "connected");
  });

  it("is told of the gap after SIGKILL, and has every line again", async () => {
    await using world = await World.open();
    await world.page.locator("button[name=say]").click();
    await world.shows("before,hello (0)");

    await world.stop("SIGKILL");
    await world.start();
    await world.lobby.ask.say("after");

    await eventually("read again", async () => (await world.reasons()) !== "first");
    assert.equal(await world.reasons(), "first,actor_restarted");
    await eventually("after", async () =>
      /^before,hello,after( \(0\))?$/.test(
        (await world.page.locator("section li").allTextContents()).join(),
      ),
    );
  });

  it("is in one trace with the server, over HTTP and on its socket", async () => {
    await using world = await World.open();

    const overHttp = await world.call(() =>
      world.page.evaluate('client.room.get("lobby").ask.say("over HTTP")'),
    );
    await world.requireTrace(overHttp, "POST /actors/room/{key}/ask/say");
    await world.shows("before,over HTTP (0)");

    const onSocket = await world.call(async () => {
      await world.page.locator("button[name=say]").click();
      await world.shows("before,over HTTP (0),hello (0)");
    });
    await world.requireTrace(onSocket, "room/say");
    assert.notEqual(overHttp.traceId, onSocket.traceId);
  });
});
