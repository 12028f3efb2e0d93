import { LimelightError } from "../../base/errors.ts";
import type { KeyViews } from "../../monitor/keys/key-views.ts";
import type { Bus, BusSubscription, ReceivedMessage } from "../engine/bus.ts";
import { VIEW_ALL_SUBJECT, viewSubject } from "../protocol/subjects.ts";
import type { MoveBook } from "./move-book.ts";
import type { NodeFacts } from "./node-facts.ts";
import {
  failed,
  readQuestion,
  type ViewAnswer,
  type ViewQuestion,
  viewAnswerMessage,
} from "./view-messages.ts";

/** What a node answers viewers with. */
export interface ViewDoorParts {
  readonly bus: Bus;
  readonly nodeId: string;
  readonly facts: () => NodeFacts;
  readonly moves: MoveBook;
  /** The keyed actors of this process. */
  readonly keys: KeyViews;
}

/** Questions that are being answered at a time; further ones get no answer. */
const MAX_ACTIVE = 64;

/** Answers the questions of viewers at other nodes, with what this process knows. */
export class ViewDoor {
  readonly #parts: ViewDoorParts;
  readonly #subscriptions: readonly BusSubscription[];
  #ofRunner: BusSubscription | undefined;
  #active = 0;

  constructor(parts: ViewDoorParts) {
    this.#parts = parts;
    this.#subscriptions = [VIEW_ALL_SUBJECT, viewSubject(parts.nodeId)].map((subject) =>
      this.#subscribe(subject),
    );
  }

  /** This process has become a runner, has another id as one, or is none any more. */
  runnerIs(runnerId: string | undefined): void {
    this.#ofRunner?.stop();
    this.#ofRunner = runnerId === undefined ? undefined : this.#subscribe(viewSubject(runnerId));
  }

  stop(): void {
    this.#ofRunner?.stop();
    for (const subscription of this.#subscriptions) subscription.stop();
  }

  #subscribe(subject: string): BusSubscription {
    return this.#parts.bus.subscribe(subject, (message) => this.#receive(message));
  }

  #receive(message: ReceivedMessage): void {
    const { replyTo } = message;
    if (replyTo === undefined) this.#learn(message);
    if (replyTo === undefined || this.#active >= MAX_ACTIVE) return;
    this.#active += 1;
    // `#answer` does not reject. An answer that is not sent is one that its viewer does not get.
    void this.#answer(message).then((answer) => {
      this.#active -= 1;
      this.#parts.bus.publish(replyTo, viewAnswerMessage(answer));
    });
  }

  /** A message that wants no answer tells of moves. What else it may be, of a later version, is ignored. */
  #learn(message: ReceivedMessage): void {
    try {
      const question = readQuestion(message);
      if (question.kind === "moves") this.#parts.moves.learn(question.moves);
    } catch (error) {
      if (!LimelightError.is(error)) throw error;
    }
  }

  async #answer(message: ReceivedMessage): Promise<ViewAnswer> {
    try {
      return await this.#read(readQuestion(message));
    } catch (error) {
      return failed(error);
    }
  }

  async #read(question: ViewQuestion): Promise<ViewAnswer> {
    const { facts, moves, keys } = this.#parts;
    switch (question.kind) {
      case "node": {
        const node = facts();
        // The coordinator tells of all moves, for nodes that have joined since; others of those that only they may know.
        const isOwn = node.coordinator === undefined;
        const { id } = question;
        const wanted = id === undefined ? { isOwn } : { isOwn, id };
        return { kind: "node", node, moves: moves.last(wanted) };
      }
      case "moves":
        moves.learn(question.moves);
        return value(undefined);
      case "key": {
        const reading = await keys.read(question.type, question.key);
        // The state is in the store, where the asking node can read it.
        const value = reading && { actor: reading.actor, start: reading.start };
        return { kind: "value", ...(value === undefined ? {} : { value }) };
      }
      case "connections":
        return value(await keys.connections(question.type, question.key, question.limit));
      case "operate":
        return value(await keys.perform(question.operation));
    }
  }
}

function value(found: unknown): ViewAnswer {
  return { kind: "value", ...(found === undefined ? {} : { value: found }) };
}
