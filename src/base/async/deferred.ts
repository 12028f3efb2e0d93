/** A promise together with its settling functions. */
export class Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value | PromiseLike<Value>) => void;
  readonly reject: (error: unknown) => void;

  constructor() {
    let resolver: ((value: Value | PromiseLike<Value>) => void) | undefined;
    let rejecter: ((error: unknown) => void) | undefined;
    // Not `Promise.withResolvers`, which the global promises of some applications (Bluebird) do not have.
    this.promise = new Promise<Value>((resolve, reject) => {
      resolver = resolve;
      rejecter = reject;
    });
    this.resolve = resolver as never; // the executor has run
    this.reject = rejecter as never;
  }
}
