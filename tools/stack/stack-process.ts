import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type Tool, toolPath } from "./tool-paths.ts";

/** A program that is not ready by then will not be. */
const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 100;
/** As much of what a program says as helps to see why it ended. */
const OUTPUT_LIMIT = 200_000;

/**
 * The file of `tool`.
 *
 * @throws Error when `npm run tools` has not been run
 */
export function installedTool(tool: Tool): string {
  const path = toolPath(tool);
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run tools\` first`);
  return path;
}

/** How a program is started, besides its arguments. */
export interface StackProcessOptions {
  /** Added to our own. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Whether a terminal's Ctrl-C is kept from it: its parent stops it in its turn. */
  readonly detached?: boolean;
}

/** One of the stack's programs, running. */
export class StackProcess implements AsyncDisposable {
  readonly #tool: Tool;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = "";

  constructor(tool: Tool, args: readonly string[], options: StackProcessOptions = {}) {
    const { environment = {}, detached = false } = options;
    this.#tool = tool;
    this.#child = spawn(installedTool(tool), args, {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached,
    });
    this.#ended = once(this.#child, "close");
    const keep = (text: string): void => {
      this.#output = (this.#output + text).slice(-OUTPUT_LIMIT);
    };
    this.#child.stdout?.setEncoding("utf8").on("data", keep);
    this.#child.stderr?.setEncoding("utf8").on("data", keep);
  }

  /** The end of what it has said. */
  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves as soon as `url` answers with 2xx; rejects with what the program said when it ends before. */
  async ready(url: string): Promise<void> {
    const giveUpMs = performance.now() + PATIENCE_MS;
    while (this.running && performance.now() < giveUpMs) {
      if (await answers(url)) return;
      await delay(LOOK_AGAIN_MS);
    }
    throw new Error(`${this.#tool} is not ready at ${url}: ${this.#output}`);
  }

  /**
   * Asks it to end, once, and kills it when it has not within `graceMs`. A second signal would end VictoriaLogs before
   * it has written what it holds.
   *
   * @returns whether it ended by itself, without an error
   */
  async stop(graceMs: number): Promise<boolean> {
    if (this.running) this.#child.kill("SIGTERM");
    const deadline = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    await this.#ended;
    clearTimeout(deadline);
    return this.#child.exitCode === 0;
  }

  /** Ends it without asking. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false; // nobody listens yet
  }
}
