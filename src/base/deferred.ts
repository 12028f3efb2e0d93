/** A promise together with its settling functions. */
export class Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.promise = promise;
    this.resolve = resolve;
    this.reject = reject;
  }
}
