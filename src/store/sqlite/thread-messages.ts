import type { BackupManifest } from "./backup-manifest.ts";
import type { Durability } from "./database-file.ts";
import type { PackedAnswers } from "./group-codec.ts";
import type { SentError } from "./sqlite-errors.ts";

/** What a thread of the store is started for. */
export type ThreadJob =
  | {
      readonly kind: "write";
      readonly file: string;
      readonly durability: Durability;
      /** The running opening of the file, when its writer is started again. */
      readonly epoch: number | undefined;
    }
  /** `file` is the data directory. */
  | { readonly kind: "backup"; readonly file: string; readonly target: string };

/** From the store to its thread. */
export type ThreadRequest =
  | { readonly kind: "commit"; readonly group: Uint8Array }
  | { readonly kind: "close" };

/** From the thread to the store: one reply to the start of the thread, and one to each request. */
export type ThreadReply =
  | { readonly kind: "ready"; readonly epoch: number }
  | { readonly kind: "committed"; readonly answers: PackedAnswers }
  | { readonly kind: "done" }
  | { readonly kind: "backed_up"; readonly manifest: BackupManifest }
  | { readonly kind: "failed"; readonly error: SentError };
