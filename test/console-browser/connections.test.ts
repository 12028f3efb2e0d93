import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type ActorConnection, type Client, createClient } from "../../src/client.ts";
import { type Console, createConsole } from "../../src/console.ts";
import { createGateway, expose, type Gateway, unchecked } from "../../src/gateway.ts";
import {
  createSystem,
  defineActor,
  defineKeyedActor,
  event,
  type FacetsOf,
  type MonitoredSystem,
} from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import {
  ConsoleBrowser,
  type ConsolePage,
  eventually,
  texts,
} from "../_support/console-browser.ts";

const PHONE = { width: 420, height: 800 };

const room = defineKeyedActor("room", {
  events: { said: event<string>(), typing: event<string>({ whenSlow: "drop" }) },
  handlers: { say: (c, text: string) => c.broadcast("said", text) },
});
const plain = defineActor("plain", { handlers: { noop() {} } });
const actors = [expose(room, { calls: { say: unchecked } })] as const;
type Room = FacetsOf<(typeof actors)[0]>;

describe("the page's connections", () => {
  let system: MonitoredSystem;
  let gateway: Gateway;
  let console: Console;
  let browser: ConsoleBrowser;
  let opened: ConsolePage;
  const clients: Client<typeof actors>[] = [];

  before(async () => {
    const logger = createLogger({ level: "silent" });
    system = createSystem({ name: "hall", actors: [room], logger });
    system.spawn(plain);
    const names = ["amy", "bob", "eve"];
    const auth = Object.fromEntries(names.map((id) => [`the-token-of-${id}`, { id }]));
    gateway = await createGateway(system, { actors, port: 0, auth, logCallers: true });
    console = await createConsole(system, { port: 0, allowActions: true });
    browser = await ConsoleBrowser.launch();
    opened = await browser.open(console.url);
    await opened.page.locator('tr[data-row^="plain/"]').waitFor();
  });
  after(async () => {
    await opened?.[Symbol.asyncDispose]();
    await browser?.[Symbol.asyncDispose]();
    await Promise.all(clients.map((client) => client.$close()));
    await console?.close();
    await gateway?.close();
    await system?.shutdown();
  });

  async function connect(name: string): Promise<ActorConnection<Room>> {
    const client = createClient<typeof actors>(gateway.url ?? "", {
      token: `the-token-of-${name}`,
    });
    clients.push(client);
    const connection = client.room.get("lobby").connect();
    connection.on("said", () => {});
    if (name !== "eve") connection.on("typing", () => {});
    await connection.ready();
    return connection;
  }
  const list = () => opened.page.getByRole("list", { name: "Connections" });
  const heads = () => texts(opened.page, "th");

  it("have a column as soon as an actor has any", async () => {
    const { page } = opened;
    assert.ok(!(await heads()).some((head) => head.startsWith("Conn")));

    await connect("amy");
    await connect("bob");
    await connect("eve");

    const cell = page.locator('tr[data-row^="room/"] .cell-connections');
    await cell.getByText("3", { exact: true }).waitFor();
    assert.ok((await heads()).some((head) => head.startsWith("Conn")));
  });

  it("are listed in the pane of the actor, with what they were sent", async () => {
    const { page } = opened;
    await page.locator('tr[data-row^="room/"]').click();
    await list().getByText("eve", { exact: true }).waitFor();

    await system.get(room, "lobby").ask.say("hello");
    await eventually("the event", async () => {
      return ((await list().textContent()) ?? "").split("1 event sent").length === 4;
    });

    const [amy = "", , eve = ""] = await list().getByRole("listitem").allTextContents();
    assert.match(amy, /^amy [\w-]{22}open for .*, heard from .* agogets said, typing1 event sent/);
    assert.match(eve, /^eve .*gets said1 event sent/);
    assert.ok(!(await page.content()).includes("the-token-of"));
  });

  it("are closed one at a time, after a confirmation; the client is told", async () => {
    const { page } = opened;
    const bob = await connect("bob");
    const row = list().getByRole("listitem").nth(3);
    await row.getByRole("button", { name: "close" }).click();
    assert.equal(bob.status, "connected", "asked first");
    await row.getByRole("button", { name: "Really close?" }).click();

    await eventually("the end", async () => bob.status === "closed");
    await page.getByText(/^Done: closed /).waitFor();
    assert.equal(bob.error?.code, "ERR_DISCONNECTED");
    await eventually("its row to go", async () => {
      return (await list().getByRole("listitem").count()) === 3;
    });
  });

  it("fit a screen 420 pixels wide", async () => {
    const { page } = opened;
    await page.setViewportSize(PHONE);
    await list().getByText("amy", { exact: true }).waitFor();

    const overflowing = await page.evaluate<string[]>(
      `[...document.querySelectorAll("[aria-label=Connections], [aria-label=Connections] *")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => one.className)`,
    );
    assert.deepEqual(overflowing, []);
    assert.deepEqual(opened.problems, []);
  });
});
