import { spawn } from "node:child_process";
import { Command, InvalidArgumentError } from "commander";

/** A program that has not failed by then has opened the address. */
const PATIENCE_MS = 3_000;

/** `limelight console <url>`. */
export function consoleCommand(): Command {
  return new Command("console")
    .description("open a console in the browser")
    .argument("<url>", "the address that the application printed", parseUrl)
    .helpOption("-h, --help", "print this help")
    .action(open);
}

/** Handed to a program of the system: it has to be an address of the web and nothing else. */
function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href;
  throw new InvalidArgumentError("It must be an http or https address.");
}

async function open(url: string): Promise<void> {
  if (!(await handOver(url))) console.log(`open this in a browser: ${url}`);
}

/** The program that opens addresses, by platform. None is a shell, so that nothing in an address is code. */
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

/** @returns whether a program took the address */
function handOver(url: string): Promise<boolean> {
  const [program, ...args] = opener();
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: "ignore", detached: true });
    const settle = (taken: boolean): void => {
      clearTimeout(timer);
      child.unref();
      resolve(taken);
    };
    // Some stay as long as the browser does, where it was not running.
    const timer = setTimeout(() => settle(true), PATIENCE_MS);
    child.once("error", () => settle(false));
    child.once("exit", (code) => settle(code === 0));
  });
}
