import { ErrorCode, StoreError } from "../../base/errors.ts";
import {
  ApiCode,
  ApiFailure,
  FailureKind,
  isConflict,
  isTransient,
  toStoreError,
} from "./api-failure.ts";
import { Attempts, type AttemptsParts } from "./attempts.ts";
import {
  type Bundle,
  type BundleItem,
  NO_BUNDLE,
  stored,
  THIS_WRITE,
  traceOf,
  WriteTrace,
  writesAfter,
  writesAfterAny,
} from "./bundle.ts";
import { decodeBundle, encodeBundle } from "./bundle-codec.ts";
import { type Home, keyIn, META_ITEM, StreamKind } from "./home.ts";
import type { JetStreamApi } from "./jetstream-api.ts";
import { type StreamNames, streamOf } from "./streams.ts";

/** What a {@link HomeApi} works with. */
export interface HomeApiParts extends AttemptsParts {
  readonly api: JetStreamApi;
  readonly names: StreamNames;
  /** Returns 16 random hexadecimal digits. */
  readonly writeId: () => string;
  /** Returns the maximum size of a message, in bytes. */
  readonly maxMessageBytes: () => number;
  /** Called with each message that was stored. */
  readonly stored: (home: Home, sequence: number) => void;
}

/** Reads and writes the messages of homes. Every call ends within a few seconds, with one of three outcomes. */
export class HomeApi {
  readonly #parts: HomeApiParts;
  /** By subject. */
  readonly #reads = new Map<string, HomeReads>();

  constructor(parts: HomeApiParts) {
    this.#parts = parts;
  }

  /**
   * Returns what a home holds, as the leader of its stream has it. While it is being read, further calls share one request,
   * which is sent afterwards: an actor with many due times is asked for as often at once.
   *
   * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`, `ERR_STORE_CORRUPT`, `ERR_STORE_NEWER_FORMAT`
   */
  read(home: Home): Promise<Bundle> {
    const running = this.#reads.get(home.subject);
    if (running === undefined) return this.#begin(home);
    const begin = (): Promise<Bundle> => this.#begin(home);
    running.next ??= running.current.then(begin, begin);
    return running.next;
  }

  #begin(home: Home): Promise<Bundle> {
    const current = this.#readAgain(home);
    const reads: HomeReads = { current, next: undefined };
    this.#reads.set(home.subject, reads);
    const end = (): void => {
      if (reads.next === undefined) this.#reads.delete(home.subject);
    };
    current.then(end, end);
    return current;
  }

  async #readAgain(home: Home): Promise<Bundle> {
    const attempts = new Attempts(this.#parts);
    for (;;) {
      try {
        return await this.#read(home, attempts.timeoutMs);
      } catch (thrown) {
        if (!(thrown instanceof ApiFailure)) throw thrown;
        if (isTransient(thrown) && (await attempts.another())) continue;
        throw toStoreError(thrown, shownName(home));
      }
    }
  }

  /**
   * Replaces what a home holds, if it still is `base`.
   *
   * @returns what is stored now; `undefined` if the home holds something else: nothing was written
   * @throws {@link StoreError} `ERR_STORE_TOO_LARGE`, `ERR_STORE_FULL`, `ERR_STORE_UNAVAILABLE`: nothing was written;
   *   `ERR_STORE_UNKNOWN_OUTCOME`
   */
  async replace(
    home: Home,
    base: Bundle,
    items: readonly BundleItem[],
  ): Promise<Bundle | undefined> {
    const id = this.#parts.writeId();
    const next = { items, writes: writesAfter(base, id) };
    const bytes = this.#encode(home, next);
    const sequence = await this.#publish(home, bytes, { id, expected: base.sequence });
    return sequence === undefined ? undefined : stored(next, sequence);
  }

  /**
   * Writes one item as all that a home holds, whatever it holds. Repetitions of the same write have no effect.
   *
   * @returns the sequence of the message
   * @throws as {@link HomeApi.replace}
   */
  async overwrite(home: Home, value: Uint8Array): Promise<number> {
    const id = this.#parts.writeId();
    const items = [{ item: "", value, revision: THIS_WRITE }];
    const bytes = this.#encode(home, { items, writes: writesAfterAny(id) });
    return (await this.#publish(home, bytes, { id, expected: undefined })) as number;
  }

  /**
   * Deletes one message from its stream. Resolves also if it is not there.
   *
   * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`: it may be deleted or not
   */
  async erase(home: Home, sequence: number): Promise<void> {
    try {
      await this.#erase(home, sequence);
    } catch (thrown) {
      if (thrown instanceof ApiFailure) throw toStoreError(thrown, shownName(home));
      throw thrown;
    }
  }

  async #erase(home: Home, sequence: number): Promise<void> {
    const { api, names } = this.#parts;
    const stream = streamOf(names, home.stream);
    try {
      await api.call(`STREAM.MSG.DELETE.${stream}`, { seq: sequence, no_erase: true });
    } catch (thrown) {
      const code = thrown instanceof ApiFailure ? thrown.code : undefined;
      if (code === ApiCode.SequenceNotFound || code === ApiCode.NoMessage) return;
      // The same code says that the message is not there, and that it could not be deleted.
      if (code !== ApiCode.DeleteFailed || (await this.#isThere(stream, sequence))) throw thrown;
    }
  }

  async #isThere(stream: string, sequence: number): Promise<boolean> {
    try {
      await this.#parts.api.call(`STREAM.MSG.GET.${stream}`, { seq: sequence });
      return true;
    } catch (thrown) {
      if (thrown instanceof ApiFailure && thrown.code === ApiCode.NoMessage) return false;
      throw thrown;
    }
  }

  #encode(home: Home, bundle: Pick<Bundle, "items" | "writes">): Uint8Array {
    const bytes = encodeBundle(home.name, bundle);
    const limit = this.#parts.maxMessageBytes();
    if (bytes.byteLength <= limit) return bytes;
    throw new StoreError(
      `${shownName(home)} and what belongs to it have ${bytes.byteLength} bytes, of at most ${limit}`,
      { code: ErrorCode.StoreTooLarge, key: shownName(home) },
    );
  }

  async #read(home: Home, timeoutMs: number): Promise<Bundle> {
    const { api, names } = this.#parts;
    const stream = streamOf(names, home.stream);
    try {
      const message = await api.last(stream, `${names.prefix}${home.subject}`, timeoutMs);
      return decodeBundle(home.name, message.data, message.sequence);
    } catch (thrown) {
      if (thrown instanceof ApiFailure && thrown.code === ApiCode.NoMessage) return NO_BUNDLE;
      throw thrown;
    }
  }

  /** @returns `undefined` if another message than the one expected is there */
  async #publish(home: Home, bytes: Uint8Array, write: Write): Promise<number | undefined> {
    const attempts = new Attempts(this.#parts);
    let mayBeStored = false;
    for (;;) {
      const end = await this.#send(home, bytes, write, attempts.timeoutMs);
      if (!(end instanceof ApiFailure)) return end;
      if (isConflict(end)) {
        if (!mayBeStored) return undefined;
        const found = await this.#find(home, write, attempts, end);
        if (found !== undefined) return found.sequence;
      }
      mayBeStored ||= end.kind === FailureKind.Unanswered;
      if (!isRepeated(end) || !(await attempts.another())) throw failed(home, end, mayBeStored);
    }
  }

  /** Sends a write once. */
  async #send(
    home: Home,
    bytes: Uint8Array,
    { id, expected }: Write,
    timeoutMs: number,
  ): Promise<number | ApiFailure> {
    const { api, names } = this.#parts;
    // The memory of the bundle tells the repetitions of a conditional write; others are told by their id.
    const options = expected === undefined ? { messageId: id, timeoutMs } : { expected, timeoutMs };
    try {
      const sequence = await api.publish(`${names.prefix}${home.subject}`, bytes, options);
      this.#parts.stored(home, sequence);
      return sequence;
    } catch (thrown) {
      if (thrown instanceof ApiFailure) return thrown;
      throw thrown;
    }
  }

  /**
   * Looks for a write that was sent before, and is refused now.
   *
   * @returns its sequence, `undefined` there if it was not stored and cannot be any more; nothing while that is unclear
   * @throws {@link StoreError} `ERR_STORE_UNKNOWN_OUTCOME` when it cannot become clear any more
   */
  async #find(
    home: Home,
    { id, expected = 0 }: Write,
    attempts: Attempts,
    refused: ApiFailure,
  ): Promise<{ readonly sequence: number | undefined } | undefined> {
    let bundle: Bundle;
    try {
      bundle = await this.#read(home, attempts.timeoutMs);
    } catch (thrown) {
      if (thrown instanceof ApiFailure) return undefined;
      throw unknownOutcome(home, thrown);
    }
    const { trace, sequence } = traceOf(bundle, id, expected);
    switch (trace) {
      case WriteTrace.Stored:
        this.#parts.stored(home, sequence);
        return { sequence };
      case WriteTrace.Refused:
        return { sequence: undefined };
      case WriteTrace.Unclear:
        // A message that has not changed may still be the one that an attempt under way replaces.
        if (bundle.sequence === expected) return undefined;
        throw unknownOutcome(home, refused);
    }
  }
}

/** Reads of one home. */
interface HomeReads {
  readonly current: Promise<Bundle>;
  /** Begins when the current one has ended. */
  next: Promise<Bundle> | undefined;
}

interface Write {
  readonly id: string;
  /** Sequence of the message that is to be replaced; `undefined`: any. */
  readonly expected: number | undefined;
}

/** Whether a write is sent again. After a conflict: the write that is under way may be an earlier attempt of this one. */
function isRepeated(failure: ApiFailure): boolean {
  return isTransient(failure) || isConflict(failure);
}

/** Returns what errors call a home: the record of an actor, or the key. */
export function shownName(home: Home): string {
  return home.stream === StreamKind.Records ? keyIn(home, META_ITEM) : home.name;
}

function failed(home: Home, failure: ApiFailure, mayBeStored: boolean): StoreError {
  return mayBeStored ? unknownOutcome(home, failure) : toStoreError(failure, shownName(home));
}

function unknownOutcome(home: Home, cause: unknown): StoreError {
  return new StoreError(`NATS has not said whether ${shownName(home)} was written`, {
    code: ErrorCode.StoreUnknownOutcome,
    key: shownName(home),
    cause,
  });
}
