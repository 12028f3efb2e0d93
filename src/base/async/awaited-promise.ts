/** A promise that reports each wait for it; `await` calls `then` as well. */
export class AwaitedPromise<Value> extends Promise<Value> {
  readonly #onWait: () => void;

  /** Promises created by `then` are plain ones. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  constructor(promise: Promise<Value>, onWait: () => void) {
    super((resolve, reject) => promise.then(resolve, reject));
    this.#onWait = onWait;
  }

  // biome-ignore lint/suspicious/noThenProperty: observing `then` is the purpose of this class
  override then<Result = Value, Failure = never>(
    onFulfilled?: ((value: Value) => Result | PromiseLike<Result>) | null,
    onRejected?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    this.#onWait();
    return super.then(onFulfilled as never, onRejected);
  }
}
