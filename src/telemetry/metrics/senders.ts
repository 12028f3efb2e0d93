import { OTHER_NAME } from "../../base/names.ts";
import { keepShape } from "../../base/shapes.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import { MessageTiming } from "./message-timing.ts";

/** What kind of code sends a message. */
export const SenderKind = {
  /** Code of an actor. */
  Actor: "actor",
  /** A client of a gateway, without an actor in between. */
  Outside: "outside",
  /** Code of the program that belongs to no actor. */
  Program: "program",
  /** Senders beyond the limit on pairs, which share one edge for each receiving type. */
  Other: "other",
} as const;
export type SenderKind = (typeof SenderKind)[keyof typeof SenderKind];

/** Who sends: one object for each actor type of a system, and one for each of the other kinds. */
export class Sender {
  readonly kind: SenderKind;
  /** The actor type; `null` for the other kinds. */
  readonly type: string | null;

  constructor(kind: SenderKind, type: string | null) {
    this.kind = kind;
    this.type = type;
  }
}

export const OUTSIDE: Sender = new Sender(SenderKind.Outside, null);
export const PROGRAM: Sender = new Sender(SenderKind.Program, null);
const OTHER = new Sender(SenderKind.Other, null);

/** Limits the pairs of sending and receiving types in one system. */
export class PairCap {
  readonly #limit: number;
  #pairs = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns whether a further pair has an edge of its own. */
  admit(): boolean {
    if (this.#pairs >= this.#limit) return false;
    this.#pairs += 1;
    return true;
  }
}

/** What one sender has sent in one series of messages. */
export class MessageEdge extends MessageTiming {
  readonly sender: Sender;
  /** All that the sender has sent to the type. */
  readonly edge: Edge;

  constructor(sender: Sender, edge: Edge) {
    super();
    this.sender = sender;
    this.edge = edge;
  }
}

/** What one sender has sent to the actors of one type. */
export class Edge {
  readonly sender: Sender;
  /** Asks that were rejected; other messages that reached no handler, or whose handler failed. */
  failed = 0;
  readonly #messages: MessageEdge[] = [];
  #asks: LatencyHistogram | undefined = undefined;

  constructor(sender: Sender) {
    this.sender = sender;
  }

  /** Messages sent. */
  get sent(): number {
    return this.#messages.reduce((sum, { sent }) => sum + sent, 0);
  }

  /** Seconds from sending to settling of the asks that were timed; `undefined` before the first. */
  get asks(): LatencyHistogram | undefined {
    return this.#asks;
  }

  /** Adds a series of messages. */
  open(sender: Sender): MessageEdge {
    const edge = new MessageEdge(sender, this);
    this.#messages.push(edge);
    return edge;
  }

  /**
   * Counts an ask that has settled.
   *
   * @param elapsedMs `undefined` if it was not timed
   */
  settled(elapsedMs: number | undefined, error: unknown): void {
    if (error !== undefined) this.failed += 1;
    if (elapsedMs === undefined || !(elapsedMs >= 0)) return;
    this.#asks ??= new LatencyHistogram();
    this.#asks.record(elapsedMs / 1000);
  }
}

/** Stands for the last sender of a series before its first message. */
export const NOBODY: MessageEdge = new Edge(OTHER).open(new Sender(SenderKind.Other, null));

/** Who sends to the actors of one type. */
export class Senders {
  readonly #cap: PairCap;
  readonly #edges: Edge[] = [];
  /** The edges by the types of their senders: the systems of a process have different objects for one name. */
  readonly #byType = new Map<string, Edge>();
  #program: Edge | undefined;
  #outside: Edge | undefined;
  #other: Edge | undefined;

  constructor(cap: PairCap) {
    this.#cap = cap;
  }

  /** The edges over which something was sent. */
  get edges(): readonly Edge[] {
    return this.#edges;
  }

  /** Returns the edge of `sender`. */
  from(sender: Sender): Edge {
    switch (sender.kind) {
      case SenderKind.Program:
        this.#program ??= this.#add(sender);
        return this.#program;
      case SenderKind.Outside:
        this.#outside ??= this.#add(sender);
        return this.#outside;
      case SenderKind.Other:
        return this.#rest();
      case SenderKind.Actor:
        return this.#ofType(sender, sender.type ?? OTHER_NAME);
    }
  }

  #ofType(sender: Sender, type: string): Edge {
    if (type === OTHER_NAME) return this.#rest();
    let edge = this.#byType.get(type);
    if (edge === undefined) {
      if (!this.#cap.admit()) return this.#rest();
      edge = this.#add(sender);
      this.#byType.set(type, edge);
    }
    return edge;
  }

  #rest(): Edge {
    this.#other ??= this.#add(OTHER);
    return this.#other;
  }

  #add(sender: Sender): Edge {
    const edge = new Edge(sender);
    this.#edges.push(edge);
    return edge;
  }
}

keepShape(PROGRAM);
keepShape(NOBODY);
