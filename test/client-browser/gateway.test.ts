import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { z } from "zod";
import { createClient } from "../../src/client.ts";
import { createGateway, expose, type Gateway } from "../../src/gateway.ts";
import {
  type Connecting,
  createSystem,
  defineKeyedActor,
  event,
  type MonitoredSystem,
  openSqliteStore,
} from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { expectBooks } from "../../src/testing.ts";
import { bundlePage } from "../_support/browser-page.ts";
import { ConsoleBrowser, eventually } from "../_support/console-browser.ts";
import { ScriptedGateway } from "../_support/scripted-gateway.ts";

const room = defineKeyedActor("room", {
  state: () => ({ lines: [] as string[] }),
  events: { said: event<string>() },
  onBeforeConnect: (_c, { params }: Connecting<{ name: string }>) => params,
  handlers: {
    lines: (c) => c.state.lines,
    say(c, text: string) {
      c.state.lines.push(text);
      c.broadcast("said", text);
    },
  },
});
const actors = [
  expose(room, {
    calls: { lines: [], say: [z.string()] },
    params: z.object({ name: z.string() }),
  }),
] as const;

it("a page on another site survives a restart of the server without losing an event", async () => {
  const directory = mkdtempSync(join(tmpdir(), "limelight-page-"));
  const script = await bundlePage("test/client-browser/page/room.tsx");
  await using site = await ScriptedGateway.listen();
  site.answer = ({ path }) =>
    path === "/page.js"
      ? { status: 200, headers: { "content-type": "text/javascript" }, body: script }
      : {
          status: 200,
          headers: { "content-type": "text/html" },
          body: '<!doctype html><main></main><script type="module" src="/page.js"></script>',
        };
  const start = async (port: number): Promise<[MonitoredSystem, Gateway]> => {
    const store = await openSqliteStore({ directory });
    const system = createSystem({
      logger: createLogger({ level: "silent" }),
      actors: [room],
      store,
    });
    return [system, await createGateway(system, { actors, port, allowedOrigins: [site.url] })];
  };
  let [system, gateway] = await start(0);
  const { port = 0, url = "" } = gateway;
  const stop = async (): Promise<void> => {
    await gateway.close();
    await system.shutdown();
    expectBooks(system);
  };
  await using browser = await ConsoleBrowser.launch();
  await using opened = await browser.openBlank();
  const { page } = opened;
  const lines = async (): Promise<string> =>
    (await page.locator("section li").allTextContents()).join();
  const lobby = createClient<typeof actors>(url).room.get("lobby");
  await lobby.ask.say("before");

  await page.goto(`${site.url}/?gateway=${encodeURIComponent(url)}`);
  await page.waitForFunction("globalThis.setViews !== undefined");
  await page.evaluate('setViews(["1 alice"])');
  await eventually("loaded", async () => (await lines()) === "before");
  await page.locator("button[name=say]").click();
  await eventually("said", async () => (await lines()) === "before,hello (0)");
  await stop();
  await page.locator("section[data-status=reconnecting]").waitFor();
  [system, gateway] = await start(port);
  await lobby.ask.say("after");
  await eventually("after", async () => (await lines()) === "before,hello (0),after (0)");

  assert.equal(await page.locator("output").textContent(), "first");
  assert.equal(await page.locator("section").getAttribute("data-status"), "connected");
  await page.evaluate("setViews([])");
  await stop();
  rmSync(directory, { recursive: true });
});
