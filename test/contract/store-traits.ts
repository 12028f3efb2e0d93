/** What differs between backends of the store. */
export interface StoreTraits {
  /** Whether a batch over any keys is atomic. Otherwise such batches are refused, and not tried here. */
  readonly isAtomic: boolean;
  /** Longest key that it keeps, in bytes. */
  readonly maxKeyBytes: number;
  /** What each key has besides the one that a test gives it, in bytes. */
  readonly extraKeyBytes: number;
}

/** A store without limits of its own. */
export const WHOLE: StoreTraits = { isAtomic: true, maxKeyBytes: 16 * 1024, extraKeyBytes: 0 };
