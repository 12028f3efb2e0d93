import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Console, createConsole } from "../../src/console.ts";
import type { MonitoredSystem } from "../../src/index.ts";
import { openSystem } from "./actor-system.ts";
import { type PuppetRef, puppet } from "./monitor-actors.ts";
import { Tmux } from "./tmux.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");
/** Most of a start is stripping types; it need not be done each time. */
const CACHE = join(tmpdir(), "limelight-compile-cache");

/** The command that shows `url` in a terminal, as one types it. */
export function topCommand(url: string, ...options: readonly string[]): string {
  const words = [process.execPath, MAIN, "top", url, ...options];
  return `NODE_COMPILE_CACHE=${CACHE} ${words.map((word) => `'${word}'`).join(" ")}`;
}

/** A system with a console, and a terminal to look at it with. */
export class TerminalProgram implements AsyncDisposable {
  readonly system: MonitoredSystem;
  readonly tmux: Tmux;
  #console: Console;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    system: MonitoredSystem,
    console: Console,
    tmux: Tmux,
  ) {
    this.#stack = stack;
    this.system = system;
    this.#console = console;
    this.tmux = tmux;
  }

  static async open(columns = 80, rows = 24): Promise<TerminalProgram> {
    await using stack = new AsyncDisposableStack();
    const { system } = stack.use(openSystem({ name: "shop" }));
    const console = await createConsole(system, { port: 0 });
    const tmux = stack.use(await Tmux.open(columns, rows));
    return new TerminalProgram(stack.move(), system, console, tmux);
  }

  get url(): string {
    return this.#console.url;
  }

  spawn(name: string): PuppetRef {
    return this.system.spawn(puppet, { name });
  }

  /** Spawns a child of `parent`. */
  async spawnBelow(parent: PuppetRef, name: string): Promise<PuppetRef> {
    return (await parent.ask.run((c) => c.spawnChild(puppet, { name }))) as PuppetRef;
  }

  /** Types the command, and waits for the first frame. */
  async watch(...options: readonly string[]): Promise<string> {
    await this.tmux.type(`${topCommand(this.url, ...options)}; echo "status $?"`);
    return await this.tmux.shows(/^limelight top shop .* live$/m);
  }

  /** Closes the console as a program does that ends; its port and token can be had again. */
  async closeConsole(): Promise<() => Promise<void>> {
    const { port, token } = this.#console;
    await this.#console.close();
    return async () => {
      this.#console = await createConsole(this.system, { port, token });
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#console.close();
    await this.#stack.disposeAsync();
  }
}
