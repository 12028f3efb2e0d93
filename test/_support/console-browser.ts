import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { DemoProcess } from "./demo-process.ts";

/** Where Debian and Ubuntu put it, and others; `LIMELIGHT_CHROMIUM` names another. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** A page that takes longer than this to show something will not show it. */
export const PATIENCE_MS = 30_000;

/** A page of the console, and what went wrong in it. */
export interface ConsolePage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts, and what the page's policy forbade. */
  readonly problems: readonly string[];
}

/** How a page is opened. */
export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  /** Part of the address, from its `#` on. */
  readonly hash?: string;
}

/** A browser without a window; only files that need one start it. */
export class ConsoleBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<ConsoleBrowser> {
    const executablePath = [process.env["LIMELIGHT_CHROMIUM"] ?? "", ...PLACES].find(existsSync);
    if (executablePath === undefined) {
      throw new Error(`no Chromium at ${PLACES.join(", ")}, nor at LIMELIGHT_CHROMIUM`);
    }
    const args = ["--no-sandbox", "--enable-precise-memory-info"];
    return new ConsoleBrowser(await chromium.launch({ executablePath, args }));
  }

  /** Opens the console at `url`, and waits until it shows something. */
  async open(url: string, options: PageOptions = {}): Promise<ConsolePage> {
    const { hash = "" } = options;
    const opened = await this.openBlank(options);
    const { page } = opened;
    await page.goto(url);
    await page.locator(".connection-live").waitFor();
    if (hash !== "") await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    return opened;
  }

  /** Opens an empty page, in a context without cookies. */
  async openBlank(options: PageOptions = {}): Promise<ConsolePage> {
    const { width = 1_440, height = 860, colorScheme = "light" } = options;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme,
      acceptDownloads: true,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const problems: string[] = [];
    page.on("pageerror", ({ message }) => problems.push(message));
    page.on("console", (line) => {
      // The browser's own notes on answers that failed are no faults of the page.
      if (line.type() === "error" && !line.text().startsWith("Failed to load resource")) {
        problems.push(line.text());
      }
    });
    return { page, problems, [Symbol.asyncDispose]: () => context.close() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** Starts the demo with a console on any port, and says where that is. */
export async function openDemo(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<{ readonly demo: DemoProcess; readonly url: string }> {
  const demo = await DemoProcess.open(["--console-port", "0", ...args], environment);
  const [, url = ""] = /limelight console: (\S+)/.exec(demo.stderr) ?? [];
  if (url === "") throw new Error(`the demo opened no console: ${demo.stderr}`);
  return { demo, url };
}

/** The text of each element that fits, without spaces around it. */
export async function texts(page: Page, selector: string): Promise<string[]> {
  return (await page.locator(selector).allTextContents()).map((text) => text.trim());
}

/** Waits until `read` says yes; what it reads is never at rest. */
export async function eventually(
  what: string,
  read: () => Promise<boolean>,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    if (await read()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`still not so: ${what}`);
}
