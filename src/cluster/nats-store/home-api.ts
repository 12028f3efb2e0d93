import { ErrorCode, StoreError } from "../../base/errors.ts";
import type { JetStreamApi } from "../nats-client/jetstream-api.ts";
import { isNoMessage, isWrongSequence, mayPass } from "../nats-client/nats-errors.ts";
import { Attempts, type AttemptsParts, repeated } from "./attempts.ts";
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
import { isOfRequest, isUnanswered, toStoreError } from "./store-errors.ts";
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
    const current = repeated(this.#parts, shownName(home), ({ timeoutMs }) =>
      this.#read(home, timeoutMs),
    );
    const reads: HomeReads = { current, next: undefined };
    this.#reads.set(home.subject, reads);
    const end = (): void => {
      if (reads.next === undefined) this.#reads.delete(home.subject);
    };
    current.then(end, end);
    return current;
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
    const { api, names } = this.#parts;
    const request = { seq: sequence, no_erase: true };
    try {
      await api.call(`STREAM.MSG.DELETE.${streamOf(names, home.stream)}`, request);
    } catch (thrown) {
      if (!isNoMessage(thrown)) throw toStoreError(thrown, shownName(home));
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
    const query = { last_by_subj: `${names.prefix}${home.subject}` };
    try {
      const message = await api.read(streamOf(names, home.stream), query, timeoutMs);
      return decodeBundle(home.name, message.body, message.sequence);
    } catch (thrown) {
      if (isNoMessage(thrown)) return NO_BUNDLE;
      throw thrown;
    }
  }

  /** @returns `undefined` if another message than the one expected is there */
  async #publish(home: Home, bytes: Uint8Array, write: Write): Promise<number | undefined> {
    const attempts = new Attempts(this.#parts);
    let mayBeStored = false;
    for (;;) {
      try {
        return await this.#send(home, bytes, write, attempts.timeoutMs);
      } catch (failure) {
        if (isWrongSequence(failure) && !mayBeStored) return undefined;
        const found = await this.#find(home, write, attempts, failure);
        if (found !== undefined) return found.sequence;
        mayBeStored ||= isUnanswered(failure);
        if (isRepeated(failure) && (await attempts.another())) continue;
        throw failed(home, failure, mayBeStored);
      }
    }
  }

  /** Sends a write once. */
  async #send(
    home: Home,
    body: Uint8Array,
    { id, expected }: Write,
    timeoutMs: number,
  ): Promise<number> {
    const { api, names } = this.#parts;
    const message = {
      stream: streamOf(names, home.stream),
      subject: `${names.prefix}${home.subject}`,
      headers: {},
      body,
      // The memory of the bundle tells the repetitions of a conditional write; others are told by their id.
      id: expected === undefined ? id : undefined,
      expectedSequence: expected,
    };
    const { sequence } = await api.store(message, timeoutMs);
    this.#parts.stored(home, sequence);
    return sequence;
  }

  /**
   * Looks for a write that was sent before, if it is refused now.
   *
   * @returns its sequence, `undefined` there if it was not stored and cannot be any more; nothing while that is unclear
   * @throws {@link StoreError} `ERR_STORE_UNKNOWN_OUTCOME` when it cannot become clear any more
   */
  async #find(
    home: Home,
    { id, expected = 0 }: Write,
    attempts: Attempts,
    failure: unknown,
  ): Promise<{ readonly sequence: number | undefined } | undefined> {
    if (!isWrongSequence(failure)) return undefined;
    let bundle: Bundle;
    try {
      bundle = await this.#read(home, attempts.timeoutMs);
    } catch (thrown) {
      if (isOfRequest(thrown)) return undefined;
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
        throw unknownOutcome(home, failure);
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
function isRepeated(failure: unknown): boolean {
  return mayPass(failure) || isWrongSequence(failure);
}

/** Returns what errors call a home: the record of an actor, or the key. */
export function shownName(home: Home): string {
  return home.stream === StreamKind.Records ? keyIn(home, META_ITEM) : home.name;
}

function failed(home: Home, failure: unknown, mayBeStored: boolean): unknown {
  return mayBeStored ? unknownOutcome(home, failure) : toStoreError(failure, shownName(home));
}

function unknownOutcome(home: Home, cause: unknown): StoreError {
  return new StoreError(`NATS has not said whether ${shownName(home)} was written`, {
    code: ErrorCode.StoreUnknownOutcome,
    key: shownName(home),
    cause,
  });
}
