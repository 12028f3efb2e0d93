import {
  looseText,
  requireStorable,
  type SizedText,
  type TextRules,
} from "../records/state-text.ts";
import { type Content, contentOf, hasContent } from "./state-content.ts";

/** Number of equal texts in a row from which on the content is kept, which takes memory too. */
const SAME_TEXTS = 2;
/** Maximum length of a text whose content is kept, in UTF-16 units. */
const MAX_CONTENT = 4_096;

/**
 * Notices changes of a state by comparing its JSON text with that of the last commit. It needs no proxy and no mark, so
 * `c.state.x = 1` and `c.state = {…}` are the same.
 */
export class StateWatch {
  readonly #rules: TextRules;
  #text: string | undefined;
  #sizeBytes = 0;
  /** Whether the last comparison for a commit has found a change. */
  #changed = false;
  /** The content of the text, once the state is often compared and does not change. */
  #content: Content | undefined = undefined;
  /** How often in a row the text was made and was that of the last commit. */
  #sameTexts = 0;

  constructor(rules: TextRules) {
    this.#rules = rules;
  }

  /** Size of the state as of the last commit or load, in bytes; 0 without a state. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Sets what is stored, from a load. @param text `undefined` if nothing is stored */
  loaded(text: string | undefined): void {
    this.#keep(text);
    this.#sizeBytes = text === undefined ? 0 : Buffer.byteLength(text);
  }

  /**
   * Whether a state is what was stored last. `false` without a comparison if the last commit contained the state: the
   * messages of such an actor usually change it, and its text is needed for the next commit anyway.
   */
  isLikelyStored(state: unknown): boolean {
    if (this.#changed) return false;
    try {
      if (this.#content !== undefined && hasContent(state, this.#content)) return true;
      if (looseText(state, this.#rules) !== this.#text) return false;
      if (this.#text === undefined) return state === undefined;
      this.#sameTexts += 1;
      const isWorth = this.#sameTexts > SAME_TEXTS && this.#text.length <= MAX_CONTENT;
      if (isWorth) this.#content ??= contentOf(this.#text);
      return true;
    } catch {
      return false; // the commit reports it
    }
  }

  /**
   * Returns the text of a state that has changed, for a commit, and compares with it from then on. A commit that fails
   * ends the activation or is followed by a load.
   *
   * @returns `undefined` if nothing has changed; the text is `undefined` if there is no state any more
   * @throws {@link LimelightError} `ERR_STATE_INVALID`, `ERR_STATE_TOO_LARGE`
   */
  change(
    state: unknown,
  ): SizedText | { readonly text: undefined; readonly sizeBytes: 0 } | undefined {
    const text = looseText(state, this.#rules);
    const isAbsent = state === undefined;
    // A function has no text either, but is no absent state.
    this.#changed = text !== this.#text || (text === undefined && !isAbsent);
    if (!this.#changed) return undefined;
    const changed = isAbsent
      ? ({ text: undefined, sizeBytes: 0 } as const)
      : requireStorable(state, text ?? "", this.#rules);
    this.#keep(changed.text);
    this.#sizeBytes = changed.sizeBytes;
    return changed;
  }

  #keep(text: string | undefined): void {
    this.#text = text;
    this.#content = undefined;
    this.#sameTexts = 0;
  }
}
