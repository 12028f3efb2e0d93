import { spawn } from "node:child_process";
import { Command, InvalidArgumentError } from "commander";

/** A program that has not failed by then has opened the address. */
const PATIENCE_MS = 3_000;

/** Creates the command `limelight console <url>`. */
export function consoleCommand(): Command {
  return new Command("console")
    .description("open a console in the browser")
    .argument("<url>", "the address that the application printed", parseUrl)
    .helpOption("-h, --help", "print this help")
    .action(open);
}

/** The text is passed to a program of the system, so it must be an HTTP URL. */
function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href;
  throw new InvalidArgumentError("It must be an http or https address.");
}

async function open(url: string): Promise<void> {
  if (!(await handOver(url))) console.log(`open this in a browser: ${url}`);
}

/**
 * Returns the program that opens addresses on this platform. None is a shell, so an address cannot contain
 * code.
 */
function opener(): readonly [program: string, ...args: string[]] {
  switch (process.platform) {
    case "darwin":
      return ["open"];
    case "win32":
      return ["rundll32", "url.dll,FileProtocolHandler"];
    default:
      return ["xdg-open"];
  }
}

/** @returns whether a program accepted the address */
function handOver(url: string): Promise<boolean> {
  const [program, ...args] = opener();
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: "ignore", detached: true });
    const settle = (taken: boolean): void => {
      clearTimeout(timer);
      child.unref();
      resolve(taken);
    };
    // Some programs run as long as the browser they have started.
    const timer = setTimeout(() => settle(true), PATIENCE_MS);
    child.once("error", () => settle(false));
    child.once("exit", (code) => settle(code === 0));
  });
}
