import {
  type ActorContext,
  type ActorDefinition,
  defineActor,
  type PipeOptions,
  type PipeSource,
  type Task,
} from "../../src/index.ts";
import type { Gate } from "./actor-waiting.ts";

type C = ActorContext<Notes>;

/** The messages of {@link reader}. */
export interface ReaderMessages
  extends Readonly<Record<string, (c: C, ...args: never[]) => unknown>> {
  read(c: C, source: PipeSource<unknown>, options?: PipeOptions): Task;
  pipe(c: C, ...args: unknown[]): unknown;
  item(c: C, item: unknown): Promise<void>;
  end(c: C, ...args: unknown[]): void;
  error(c: C, error: Error): void;
}

/** Notes what it gets. */
export class Notes {
  readonly got: unknown[] = [];
  gate: Gate | undefined;
}

/** Pipes what it is told to into `item`. */
export const reader: ActorDefinition<Notes, Notes, ReaderMessages> = defineActor("reader", {
  state: (notes: Notes) => notes,
  restart: { maxRestarts: 3 },
  mailbox: { limit: 2 },
  handlers: {
    read: (c, source: PipeSource<unknown>, options?: PipeOptions) =>
      c.pipe(source, "item", options),
    pipe: (c, ...args: unknown[]) => (c.pipe as (...args: unknown[]) => unknown)(...args),
    async item(c, item: unknown) {
      c.state.got.push(item);
      await c.state.gate?.opened;
      if (item === "bad") throw new Error("bad item");
    },
    end(c, ...args: unknown[]) {
      c.state.got.push(["end", ...args]);
    },
    error(c, error: Error) {
      c.state.got.push(["error", error.message]);
    },
  },
});

/** Gives 1 to `count`; notes what was asked of it. */
export class Source implements AsyncIterable<number> {
  asked = 0;
  returned = 0;
  readonly #count: number;
  readonly #error: Error | undefined;

  constructor(count: number, error?: Error) {
    this.#count = count;
    this.#error = error;
  }

  [Symbol.asyncIterator](): AsyncIterator<number> {
    return {
      next: async () => {
        this.asked += 1;
        if (this.asked <= this.#count) return { done: false, value: this.asked };
        if (this.#error !== undefined) throw this.#error;
        return { done: true, value: undefined };
      },
      return: async () => {
        this.returned += 1;
        return { done: true, value: undefined };
      },
    };
  }
}
