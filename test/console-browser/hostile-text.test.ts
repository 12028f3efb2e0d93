import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Console, createConsole } from "../../src/console.ts";
import { createSystem, defineActor, type MonitoredSystem } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { writeConsoleFile } from "../../src/viewer/console-file.ts";
import {
  ConsoleBrowser,
  type ConsolePage,
  eventually,
  texts,
} from "../_support/console-browser.ts";
import {
  actorRow,
  askOf,
  frameOf,
  logRow,
  snapshotOf,
  spanRow,
  traceRow,
} from "../_support/wire-rows.ts";

const MARKUP = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script><b id=hostile>x</b>`;

describe("the page and text full of markup", () => {
  let system: MonitoredSystem;
  let console: Console;
  let browser: ConsoleBrowser;
  let opened: ConsolePage;

  before(async () => {
    const logger = createLogger({ level: "debug", destination: { write() {} } });
    system = createSystem({ name: "shop", logger });
    console = await createConsole(system, { port: 0, showState: true });
    const desk = defineActor("desk", {
      state: () => ({ note: MARKUP }),
      handlers: {
        note(c) {
          c.log.warn({ [MARKUP]: MARKUP, nested: { deep: MARKUP } }, MARKUP);
        },
        fail(): never {
          throw new Error(MARKUP);
        },
      },
    });
    const ref = system.spawn(desk);
    await ref.ask.note();
    ref.tell.fail();
    browser = await ConsoleBrowser.launch();
    opened = await browser.open(console.url);
  });
  after(async () => {
    await opened?.[Symbol.asyncDispose]();
    await browser?.[Symbol.asyncDispose]();
    await console?.close();
    await system?.shutdown();
  });

  async function expectHarmless(): Promise<void> {
    assert.equal(await opened.page.evaluate("window.pwned"), undefined);
    assert.equal(await opened.page.locator("#hostile").count(), 0);
    assert.deepEqual(opened.problems, []);
  }

  it("shows it as the text it is, in log lines and their fields", async () => {
    const { page } = opened;
    await page.getByRole("tab", { name: "Logs" }).click();
    const line = page.locator(".log tr.row-warn", { hasText: "onerror" }).first();
    await line.click();
    const detail = page.getByRole("region", { name: "Log line" });
    await detail.waitFor();

    assert.ok(((await detail.textContent()) ?? "").includes(MARKUP));
    await expectHarmless();
  });

  it("and in failures and states", async () => {
    const { page } = opened;
    await page.getByRole("tab", { name: "Actors" }).click();
    await page.locator('tr[data-row^="desk/"]').click();
    await page.getByRole("heading", { name: "State", exact: true }).waitFor();
    await eventually("the failure is told", async () => {
      return (await texts(page, ".failure")).some((text) => text.includes("onerror"));
    });

    assert.ok((await texts(page, ".drawer .code")).some((text) => text.includes("onerror")));
    await expectHarmless();
  });

  it("and in every name of an imported file", async () => {
    const { page } = opened;
    const ids = [`${MARKUP}/1`, `${MARKUP}/2`];
    const rows = ids.map((id, at) =>
      actorRow(id, {
        type: MARKUP,
        name: MARKUP,
        waits: [askOf(ids[1 - at] ?? "", { messageType: MARKUP, targetType: MARKUP })],
        busy: { phase: "handler", messageType: MARKUP, kind: "ask", sinceAtMs: 1, traceId: MARKUP },
        tasks: [{ kind: MARKUP, sinceAtMs: 1 }],
        lastError: MARKUP,
      }),
    );
    const deadlocks = [
      {
        id: MARKUP,
        kind: "ask" as const,
        members: rows.map(({ id, waits }) => ({
          id,
          type: MARKUP,
          part: "handler" as const,
          messageType: MARKUP,
          waits,
        })),
        detectedAtMs: 1,
        untilAtMs: null,
        blocked: 0,
        text: MARKUP,
      },
    ];
    const warnings = [
      { kind: "actor_leak" as const, type: MARKUP, raisedAtMs: 1, text: MARKUP, advice: MARKUP },
    ];
    const trace = traceRow("t1", { name: MARKUP, actorTypes: [MARKUP] });
    const spans = [
      spanRow("s1", { name: MARKUP, actorId: ids[0] ?? "", attributes: { [MARKUP]: MARKUP } }),
    ];
    const snapshot = snapshotOf(rows, { deadlocks, warnings });
    const logs = [logRow(1, { msg: MARKUP, actorId: ids[0] ?? "", fields: { x: MARKUP } })];
    const text = writeConsoleFile({
      exportedAtMs: 1,
      summary: {
        version: 1,
        nowAtMs: 1,
        process: {
          pid: 1,
          node: MARKUP,
          service: MARKUP,
          startedAtMs: 1,
          heapUsedBytes: 1,
          heapLimitBytes: 1,
          rssBytes: 1,
        },
        systems: [],
        telemetry: { [MARKUP]: MARKUP },
        rings: {
          traces: { kept: 1, dropped: 0, bytes: 1, limitBytes: 1 },
          logs: { kept: 1, dropped: 0, bytes: 1, limitBytes: 1 },
        },
        traceLink: "javascript:window.pwned=1//{traceId}",
        allowActions: true,
        viewers: 1,
      },
      frame: frameOf([snapshot], { traces: [trace], logs }),
      details: [{ trace, spans, logs }],
    });
    const chosen = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Import a snapshot" }).click();
    const name = `${MARKUP.replaceAll("/", "")}.json`;
    const file = { name, mimeType: "application/json", buffer: Buffer.from(text) };
    await (await chosen).setFiles([file]);
    await page.locator(".banner-file").waitFor();

    for (const tab of ["actors", "traces", "logs", "waits", "metrics", "warnings", "system"]) {
      await page.locator(`#tab-${tab}`).click();
      if (tab === "actors") await page.locator("tr[data-row]").first().click();
      if (tab === "traces") {
        await page.locator("tr[data-row]").first().click();
        await page.locator(".lane .bar-work").first().click();
        await page.locator(".span-facts").waitFor();
        assert.equal(await page.getByRole("link", { name: "Open outside" }).count(), 0);
      }
      await page.waitForTimeout(200);
      await expectHarmless();
    }
    assert.ok(((await page.locator("body").textContent()) ?? "").includes(MARKUP));
  });
});
