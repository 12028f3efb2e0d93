import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temporary folder for data directories. */
export class DataFolder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "limelight-store-"));

  /** The path of something in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
