import type { Bundle } from "./bundle.ts";

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
/** What an item or a bundle takes besides its bytes. */
const OVERHEAD_BYTES = 100;

/**
 * What this process has read or written last of homes, so that the commit after a load, and each later one, need not
 * read. The writes find out what is out of date. Bounded; what was not used for longest goes first.
 */
export class BundleCache {
  readonly #maxBytes: number;
  readonly #bundles = new Map<string, { readonly bundle: Bundle; readonly sizeBytes: number }>();
  #sizeBytes = 0;

  constructor(maxBytes: number = DEFAULT_MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Size of what is kept, in bytes. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  find(subject: string): Bundle | undefined {
    const found = this.#bundles.get(subject);
    if (found === undefined) return undefined;
    this.#bundles.delete(subject);
    this.#bundles.set(subject, found);
    return found.bundle;
  }

  /** Keeps a bundle, unless what is kept is newer. */
  keep(subject: string, bundle: Bundle): void {
    const known = this.#bundles.get(subject);
    if (known !== undefined && known.bundle.sequence > bundle.sequence && bundle.sequence > 0)
      return;
    this.drop(subject);
    const sizeBytes = sizeOf(subject, bundle);
    if (sizeBytes > this.#maxBytes) return;
    this.#bundles.set(subject, { bundle, sizeBytes });
    this.#sizeBytes += sizeBytes;
    for (const oldest of this.#bundles.keys()) {
      if (this.#sizeBytes <= this.#maxBytes) return;
      this.drop(oldest);
    }
  }

  drop(subject: string): void {
    this.#sizeBytes -= this.#bundles.get(subject)?.sizeBytes ?? 0;
    this.#bundles.delete(subject);
  }
}

function sizeOf(subject: string, { items }: Bundle): number {
  let sizeBytes = subject.length + OVERHEAD_BYTES;
  for (const { item, value } of items) {
    sizeBytes += item.length + value.byteLength + OVERHEAD_BYTES;
  }
  return sizeBytes;
}
