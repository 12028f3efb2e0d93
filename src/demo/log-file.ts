import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { DemoError, DemoErrorCode } from "./demo-error.ts";

/** Size at which a file is rotated. */
const DEFAULT_LIMIT_BYTES = 32 * 1_024 * 1_024;

/**
 * A file of log lines for a collector to read.
 *
 * Lines are appended whole and synchronously. A full file is renamed to `….1.ndjson`, replacing the previous
 * one, so that a demo that runs for weeks does not fill the disk.
 */
export class LogFile {
  readonly #path: string;
  readonly #limitBytes: number;
  #fd: number;
  #bytes: number;
  #broken = false;

  /** @throws {@link DemoError} when the file cannot be opened */
  constructor(path: string, limitBytes: number = DEFAULT_LIMIT_BYTES) {
    this.#path = path;
    this.#limitBytes = limitBytes;
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.#fd = openSync(path, "a");
    } catch (cause) {
      throw new DemoError(`cannot write the log file ${path}: ${reasonOf(cause)}`, {
        code: DemoErrorCode.LogFile,
        cause,
      });
    }
    this.#bytes = fstatSync(this.#fd).size;
  }

  /** Appends `line`. A full disk ends the file, not the shop: stdout still has every line. */
  write(line: string): void {
    if (this.#broken) return;
    const bytes = Buffer.from(line);
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#limitBytes) this.#putAside();
      writeSync(this.#fd, bytes);
      this.#bytes += bytes.length;
    } catch (cause) {
      this.#broken = true;
      process.stderr.write(`limelight: no more lines in ${this.#path}: ${reasonOf(cause)}\n`);
    }
  }

  /**
   * The collector identifies a file by its first lines and continues at its offset, whatever the file's name.
   */
  #putAside(): void {
    renameSync(this.#path, this.#path.replace(/(?=\.[^./]*$)|$/, ".1"));
    closeSync(this.#fd);
    this.#fd = openSync(this.#path, "a");
    this.#bytes = 0;
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
