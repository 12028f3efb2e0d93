import { type DeadLetter, type DeadLetterReason, LimelightError } from "../../src/index.ts";
import type { Script } from "./plan.ts";

/** What became of a message's reply: what its handler gave, and when. */
interface Outcome {
  readonly value?: unknown;
  readonly thrown?: { readonly error: unknown };
  readonly atMs: number;
}

/** How many receivers a message has: one; as many as counted when sent; or at most one, as the item of a pipe. */
export type Copies = "one" | "many" | "loose";

/** A message as sent by a scenario. The object itself is the argument, so that it is recognised everywhere. */
export class Message {
  readonly number: number;
  readonly sender: string;
  readonly script: Script;
  readonly copies: Copies;
  readonly isAsk: boolean;
  /** Receivers that took it, and those that lost it, by id. */
  readonly begun: string[] = [];
  readonly dead: string[] = [];
  lostBy: DeadLetterReason | undefined = undefined;
  refused = 0;
  /** What the sender of a message with many copies was told: how many mailboxes got it. */
  got: number | undefined = undefined;
  outcome: Outcome | undefined = undefined;
  /** The message with which it was forwarded. */
  next: Message | undefined = undefined;
  /** The life that has taken its reply, to give it later. */
  holder: object | undefined = undefined;

  constructor(number: number, sender: string, script: Script, copies: Copies, isAsk: boolean) {
    this.number = number;
    this.sender = sender;
    this.script = script;
    this.copies = copies;
    this.isAsk = isAsk;
  }

  get name(): string {
    return `message ${this.number} of ${this.sender}`;
  }

  /** The message whose handler has the reply: the last one along the forwards. */
  get last(): Message {
    let last: Message = this;
    while (last.next !== undefined) last = last.next;
    return last;
  }
}

/** An ask whose promise is watched. */
export interface WatchedAsk {
  readonly message: Message;
  readonly askedAtMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  settled: boolean;
}

/** What the ledger must know of the world. */
export interface LedgerFacts {
  readonly rejectsDeadlocks: boolean;
  /** Whether the clock is moved by hand, so that all that can happen at a time has happened before the next. */
  readonly exact: boolean;
  nowMs(): number;
  report(problem: string): void;
}

/** The model of the messages: each is handled once, becomes a dead letter or is refused, and each ask settles. */
export class Ledger {
  readonly messages: Message[] = [];
  readonly asks: WatchedAsk[] = [];
  /** Dead letters of messages that the scenario did not send itself, such as timers. */
  foreignLetters = 0;
  deadLetters = 0;
  /** Messages that are known to be refused; topics and broadcasts refuse some more. */
  refused = 0;
  readonly #facts: LedgerFacts;
  readonly #latest = new Map<string, number>();

  constructor(facts: LedgerFacts) {
    this.#facts = facts;
  }

  send(sender: string, script: Script, copies: Copies, isAsk: boolean): Message {
    const message = new Message(this.messages.length + 1, sender, script, copies, isAsk);
    this.messages.push(message);
    return message;
  }

  /** A handler begins: messages of one sender reach a receiver in the order in which they were sent. */
  begin(message: Message, receiver: string): void {
    const pair = `${message.sender} → ${receiver}`;
    if (message.number < (this.#latest.get(pair) ?? 0)) {
      this.#facts.report(`${message.name} was overtaken on its way to ${receiver}`);
    }
    this.#latest.set(pair, message.number);
    message.begun.push(receiver);
    this.#requireOnce(message, receiver);
  }

  deadLetter({ actorId, args, kind, reason }: DeadLetter): void {
    this.deadLetters += 1;
    const [message] = args;
    if (!(message instanceof Message)) {
      this.foreignLetters += 1;
      return;
    }
    if ((kind === "ask") !== message.isAsk) {
      this.#facts.report(`the dead letter of ${message.name} is called a ${kind}`);
    }
    message.dead.push(actorId);
    message.lostBy = reason;
    this.#requireOnce(message, actorId);
  }

  /** The sender of `message` is told that it was refused, by an error that is not a reply. */
  refuse(message: Message): void {
    message.refused += 1;
    this.refused += 1;
  }

  /** Forgets a message that could not be sent. */
  withdraw(message: Message): void {
    this.messages.splice(this.messages.indexOf(message), 1);
  }

  /** The handler of `message` has ended. Its outcome is the reply, unless the reply was given away. */
  answer(message: Message, outcome: Omit<Outcome, "atMs">): void {
    if (message.next === undefined && message.holder === undefined) this.settle(message, outcome);
  }

  settle(message: Message, outcome: Omit<Outcome, "atMs">): void {
    if (message.copies === "many") return; // each receiver replies
    if (message.outcome !== undefined) this.#facts.report(`${message.name} has two replies`);
    message.outcome = { ...outcome, atMs: this.#facts.nowMs() };
  }

  /** Watches an ask. `promise` must not be what the asker awaits, whose waits would be noted for it. */
  watch(ask: WatchedAsk, promise: Promise<unknown>): void {
    this.asks.push(ask);
    promise.then(
      (value) => {
        ask.settled = true;
        this.#fulfilled(ask, value);
      },
      (error: unknown) => {
        ask.settled = true;
        this.#rejected(ask, error);
      },
    );
  }

  /** Checks that no ask has outlived its time-out. */
  checkTimeouts(): void {
    const nowMs = this.#facts.nowMs();
    for (const { message, askedAtMs, timeoutMs, settled } of this.asks) {
      if (settled || nowMs <= askedAtMs + timeoutMs + 20) continue;
      this.#facts.report(`the ask of ${message.name} has outlived its time-out of ${timeoutMs} ms`);
    }
  }

  /**
   * Checks that no ask waits for a reply that cannot come: its message is lost, or what had it to reply is over.
   *
   * @param isOver whether the life that took a reply, or the actor with this id, is over
   */
  checkHopes(isOver: (holder: object | string) => boolean): void {
    for (const { message, settled } of this.asks) {
      const { outcome, dead, begun, holder, name } = message.last;
      if (settled || outcome !== undefined) continue;
      const [receiver] = begun;
      const over = [receiver, holder].some((one) => one !== undefined && isOver(one));
      if (dead.length > 0 || over) this.#facts.report(`the ask of ${name} waits for ever`);
    }
  }

  /** Checks, once all actors have ended, that every message came to exactly one end. */
  checkEnds(): void {
    for (const message of this.messages) {
      const { begun, dead, refused, copies, got } = message;
      const ends = begun.length + dead.length + refused;
      const what = `begun ${begun.length}, dead ${dead.length}, refused ${refused}`;
      if (copies === "one" && ends !== 1) this.#facts.report(`${message.name}: ${what}`);
      if (copies === "loose" && ends > 1) this.#facts.report(`${message.name}: ${what}`);
      if (copies === "many" && got !== undefined && begun.length + dead.length < got) {
        this.#facts.report(`${message.name}: got by ${got}, but ${what}`);
      }
    }
    const open = this.asks.filter(({ settled }) => !settled);
    for (const { message } of open) this.#facts.report(`the ask of ${message.name} never settled`);
  }

  #requireOnce({ name, begun, dead, copies }: Message, receiver: string): void {
    const ends = [...begun, ...dead];
    const times = copies === "many" ? ends.filter((id) => id === receiver).length : ends.length;
    if (times > 1) this.#facts.report(`${name} came to an end ${times} times`);
  }

  #fulfilled({ message }: WatchedAsk, value: unknown): void {
    const { outcome } = message.last;
    if (outcome === undefined || outcome.thrown !== undefined) {
      this.#facts.report(`the ask of ${message.name} was fulfilled, but no handler has replied`);
    } else if (!Object.is(outcome.value, value)) {
      this.#facts.report(`the ask of ${message.name} was fulfilled with another reply`);
    }
  }

  #rejected(ask: WatchedAsk, error: unknown): void {
    const { message } = ask;
    const { outcome } = message.last;
    if (outcome?.thrown !== undefined && Object.is(outcome.thrown.error, error)) return;
    const code = codeOf(error);
    const mayBe = this.#codesOf(ask);
    if (code === undefined || !mayBe.has(code)) {
      this.#facts.report(`the ask of ${message.name} was rejected with ${code ?? kindOf(error)}`);
    } else if (code === "ERR_MAILBOX_FULL") {
      this.refuse(message.last);
    } else if (this.#facts.exact && outcome !== undefined && outcome.atMs < this.#facts.nowMs()) {
      this.#facts.report(`the ask of ${message.name} was rejected with ${code} after its reply`);
    }
  }

  /** The codes that an ask may be rejected with. */
  #codesOf({ message, signal, askedAtMs, timeoutMs }: WatchedAsk): ReadonlySet<string> {
    const codes = new Set(["ERR_ACTOR_STOPPED", "ERR_ACTOR_KILLED", "ERR_MAILBOX_FULL"]);
    if (signal?.aborted === true) codes.add("ERR_ABORTED");
    if (this.#facts.rejectsDeadlocks) codes.add("ERR_DEADLOCK");
    if (this.#facts.nowMs() >= askedAtMs + timeoutMs) codes.add("ERR_ASK_TIMEOUT");
    if (message.last.holder !== undefined) codes.add("ERR_REPLY_LOST");
    if (message.lostBy === "self_ask") codes.add("ERR_SELF_ASK");
    return codes;
  }
}

/** Returns the code of limelight's own error. */
export function codeOf(error: unknown): string | undefined {
  return LimelightError.is(error) ? error.code : undefined;
}

/** Describes a thrown value without touching it. */
export function kindOf(value: unknown): string {
  try {
    return value instanceof Error ? String(value.stack) : typeof value;
  } catch {
    return "a value that cannot be looked at";
  }
}
