import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
/** A condition that takes longer than this will not come true. */
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 40;

let lastNumber = 0;

/** A shell in a terminal of a size of one's choice, which a test types into and reads the screen of. */
export class Tmux implements AsyncDisposable {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** @throws what tmux says, or that there is none: tests that need it do not pass without it */
  static async open(columns = 80, rows = 24): Promise<Tmux> {
    lastNumber += 1;
    const tmux = new Tmux(`limelight-test-${process.pid}-${lastNumber}`);
    // As on somebody's machine: colours are left out where a variable says that this is CI.
    const shell = ["env", "-u", "NO_COLOR", "-u", "CI", "LC_ALL=C.UTF-8", "PS1=$ ", "sh"];
    const size = ["-x", String(columns), "-y", String(rows)];
    await tmux.#tmux("new-session", "-d", ...size, ...shell);
    await tmux.shows(/^\$ ?$/m);
    return tmux;
  }

  /** Presses keys, by tmux's names for them: `Enter`, `Down`, `C-c`; or characters. */
  async press(...keys: readonly string[]): Promise<void> {
    // One by one: Escape and a letter that come together are another key.
    for (const key of keys) await this.#tmux("send-keys", key);
  }

  /** Types a command, and runs it. */
  async type(command: string): Promise<void> {
    await this.#tmux("send-keys", "-l", command);
    await this.press("Enter");
  }

  /** What the screen shows. */
  async screen(): Promise<string> {
    return await this.#tmux("capture-pane", "-p");
  }

  /** The same with the escape codes of its colours. */
  async colours(): Promise<string> {
    return await this.#tmux("capture-pane", "-p", "-e");
  }

  /** One of tmux's variables, such as `pane_title`. */
  async variable(name: string): Promise<string> {
    return (await this.#tmux("display-message", "-p", `#{${name}}`)).trim();
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** The screen as soon as it matches `what`. */
  async shows(what: RegExp): Promise<string> {
    return await this.until(String(what), (screen) => what.test(screen));
  }

  /** The screen as soon as it no longer matches `what`. */
  async hides(what: RegExp): Promise<string> {
    return await this.until(`no ${what}`, (screen) => !what.test(screen));
  }

  async until(what: string, holds: (screen: string) => boolean): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const screen = await this.screen();
      if (holds(screen)) return screen;
      if (performance.now() > deadline) throw new Error(`still not ${what}:\n${screen}`);
      await pause(LOOK_EVERY_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const all = ["-u", "-f", "/dev/null", "-L", this.#socket, ...args];
    const { stdout } = await run("tmux", all).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      throw new Error("there is no tmux: apt-get install tmux", { cause: error });
    });
    return stdout;
  }
}
