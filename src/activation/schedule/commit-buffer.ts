import type { ActivationWriter } from "../activation/activation-writer.ts";

/** What is stored with the next commit of an activation. */
export interface CommitBuffer {
  put(key: string, value: Uint8Array): void;
  delete(key: string): void;
  /**
   * Asks for a commit after the message being handled, or at once if none is. Resolves when everything buffered so far
   * is stored.
   */
  stored(): Promise<void>;
  /** Asks for a commit at once, for code that a handler may await. */
  storedNow(): Promise<void>;
}

/** Returns the buffer of an activation. */
export function bufferOf(writer: ActivationWriter): CommitBuffer {
  const { writes } = writer;
  return {
    put: (key, value) => writes.put(key, value),
    delete: (key) => writes.delete(key),
    stored: () => writer.storedAfterMessage(),
    storedNow: () => writer.stored(),
  };
}
