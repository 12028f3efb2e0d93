import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createConsole } from "../../src/console.ts";
import { createSystem, defineActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { expectBooks } from "../../src/testing.ts";
import { ConsoleBrowser, eventually } from "../_support/console-browser.ts";

const heard: unknown[] = [];
const worker = defineActor("worker", {
  handlers: {
    note(_c, what: unknown) {
      heard.push(what);
    },
  },
});

describe("the page and actions", () => {
  for (const allowActions of [false, true]) {
    it(
      allowActions ? "does what it was asked twice" : "offers none where none is allowed",
      async () => {
        const system = createSystem({ name: "shop", logger: createLogger({ level: "silent" }) });
        const ref = system.spawn(worker);
        await ref.whenReady();
        const console = await createConsole(system, { port: 0, allowActions });
        await using browser = await ConsoleBrowser.launch();
        await using opened = await browser.open(console.url);
        const { page } = opened;
        await page.locator(`tr[data-row="${ref.id}"]`).click();
        const actions = page.locator(".drawer-section", { hasText: "Actions" });
        await actions.waitFor();
        if (allowActions) {
          await actions.getByRole("textbox", { name: "Message", exact: true }).fill("note");
          await actions.getByRole("textbox", { name: /Arguments/ }).fill('["from the page"]');
          await actions.getByRole("button", { name: "Tell" }).click();
          await eventually("it was told", async () => heard.length === 1);
          assert.deepEqual(heard, ["from the page"]);

          await actions.getByRole("button", { name: "stop", exact: true }).click();
          await actions.getByRole("button", { name: "Really stop?" }).click();
          await page.locator(`tr[data-row="${ref.id}"].row-stopped`).waitFor();
        } else {
          await actions.getByText("Actions are disabled.").waitFor();
          assert.equal(await actions.getByRole("button").count(), 0);
        }
        assert.deepEqual(opened.problems, []);
        await console.close();
        await system.shutdown();
        expectBooks(system);
      },
    );
  }
});
