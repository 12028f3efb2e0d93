/** Headers of a message. Only names that the protocol defines; those of users are never passed through. */
export type MessageHeaders = Readonly<Record<string, string>>;

/** A message to be stored. */
export interface LogMessage {
  /** Two messages of a log with the same id within two minutes are one. Must name the actor and the generation. */
  readonly id: string;
  /** Tokens of `[A-Za-z0-9_=-]` joined by dots. */
  readonly subject: string;
  /** The headers. */
  readonly headers: MessageHeaders;
  /** The bytes. */
  readonly body: Uint8Array;
}

/** A stored message. */
export interface StoredMessage {
  /** Its subject. */
  readonly subject: string;
  /** The headers. */
  readonly headers: MessageHeaders;
  /** The bytes. */
  readonly body: Uint8Array;
  /** Number in the log, increasing. */
  readonly sequence: number;
  /** When it was stored, in milliseconds since the epoch by the engine's clock. */
  readonly storedAtMs: number;
}

/** A message on its way to a consumer, which must answer it in one of three ways. Later answers have no effect. */
export interface Delivery extends StoredMessage {
  /** How often it was delivered, this time included. */
  readonly attempt: number;
  /** Deletes it, on copies of the log a moment later. Resolves when the engine has confirmed that; rejects with `ERR_ENGINE_UNKNOWN_OUTCOME` if it may come again. */
  ack(): Promise<void>;
  /** Has it delivered again, not before `delayMs` have passed. */
  retry(delayMs: number): void;
  /** Deletes it as one that could not be handled. It must be stored elsewhere before. */
  reject(): Promise<void>;
}

/** What to consume, and how. */
export interface ConsumeOptions {
  /** `[A-Za-z0-9_-]{1,64}`; the consumer of this name goes on where it was. */
  readonly name: string;
  /** Tokens that subjects start with, such as the id of a runner. No two consumers of a log may overlap. */
  readonly filter: string;
  /** Messages that may be delivered and not answered. Further ones wait in the log. */
  readonly maxInFlight: number;
  /** How long an answer is waited for before the message is delivered again. */
  readonly ackWaitMs: number;
  /** How long the consumer is kept at least after its process has gone; longer while answers may come. Default: for ever. */
  readonly keepForMs?: number;
  /**
   * Whether what earlier consumptions of this name have not answered is delivered at once, as first deliveries, and not only
   * when `ackWaitMs` has passed. Default false.
   */
  readonly replays?: boolean;
  /** Called for each message, in the order of the log for one subject. Must not throw. */
  readonly deliver: (delivery: Delivery) => void;
  /**
   * Called with false when the engine is connected and nothing can be delivered, since the consumer can neither be asked for
   * nor created again; with true when that is over. Must not throw.
   */
  readonly changed?: (isWorking: boolean) => void;
}

/** A consumer at work. */
export interface Consumption {
  /** Has everything that was not answered delivered again at once, as first deliveries. For replays after a reconnect. */
  replay(): Promise<void>;
  /** Ends the deliveries, and keeps the consumer for its next start. */
  stop(): Promise<void>;
  /** Ends the deliveries and deletes the consumer; its messages stay in the log. */
  delete(): Promise<void>;
}

/** Which stored messages to read. */
export interface LogReadOptions {
  /** Tokens that subjects start with, with more after them; an empty filter reads all. */
  readonly filter: string;
  /** Reads messages of exactly this subject instead. Default: those that `filter` names. */
  readonly subject?: string;
  /** Reads from the message after this number on. Default 0. */
  readonly after?: number;
  /** Maximum number of messages, 1 to 256. */
  readonly limit: number;
}

/**
 * A durable, ordered log whose messages are deleted when they are acknowledged, or when they are older than its maximum
 * age. Outcomes of writes are those of `KeyValue`; `ERR_ENGINE_FULL`: the log, or the subject, holds as much as it may.
 */
export interface Log {
  /** Stores a message. Resolves with its number, and whether its id was there already. */
  append(
    message: LogMessage,
  ): Promise<{ readonly sequence: number; readonly isDuplicate: boolean }>;
  /** Begins to deliver messages. */
  consume(options: ConsumeOptions): Promise<Consumption>;
  /** Reads without consuming: for viewers, and for what a lost runner has left. */
  read(options: LogReadOptions): Promise<readonly StoredMessage[]>;
  /** Deletes one message. Resolves also if it is not there. */
  delete(sequence: number): Promise<void>;
  /** Deletes all messages whose subjects start with the tokens of `filter`. Returns their number. */
  purge(filter: string): Promise<number>;
  /** Returns the number of stored messages, and when the oldest one was stored; both for the whole log. */
  state(): Promise<{ readonly messages: number; readonly oldestAtMs: number | undefined }>;
}
