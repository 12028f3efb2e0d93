import assert from "node:assert/strict";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { ActorAccess, Answer, Sending } from "../../src/activation/access/actor-access.ts";
import type { ActorHost, StartOutcome } from "../../src/activation/hosting/actor-host.ts";
import type { ForwardedMessage } from "../../src/activation/placement/forwarded-message.ts";
import {
  ActorOperation,
  type OperationResults,
  type Placement,
} from "../../src/activation/placement/placement.ts";
import type { DueEntry, Owner } from "../../src/activation/records/record-keys.ts";
import { keyOf } from "../../src/activation/records/record-keys.ts";
import { LimelightError } from "../../src/base/errors.ts";
import type { KeyedAddress, MonitoredSystem, StopReason, SystemOptions } from "../../src/index.ts";
import { createPlacedSystem } from "../../src/system/create-system.ts";
import { trace } from "../../src/telemetry/context/api.ts";
import {
  expectBooks,
  type InMemoryTelemetry,
  inMemoryTelemetry,
  ManualClock,
} from "../../src/testing.ts";
import { expectClosedBooks, shutDownBy } from "./actor-system.ts";
import { until } from "./actor-waiting.ts";
import { viewOf, WatchedStore } from "./keyed.ts";

/** Time within which a tell has to be accepted. */
const TELL_MS = 10_000;

/** An activation that a process was told to run. */
interface Placed {
  readonly node: PlacedNode;
  readonly generation: number;
  readonly started: Promise<StartOutcome>;
}

/** One process of a {@link PlacedWorld}: a system, and its side of the placement. */
export class PlacedNode implements Placement {
  readonly name: string;
  readonly system: MonitoredSystem;
  readonly telemetry: InMemoryTelemetry = inMemoryTelemetry();
  /** Ends of activations, such as `counter/a 1 idle`. */
  readonly ends: string[] = [];
  readonly types: string[] = [];
  readonly noticed: number[] = [];
  scans = false;
  readonly #world: PlacedWorld;
  #seat: { readonly host: ActorHost; readonly local: ActorAccess } | undefined;

  constructor(world: PlacedWorld, name: string, options: SystemOptions) {
    this.name = name;
    this.#world = world;
    const { clock } = world;
    const { systemOptions } = this.telemetry;
    const all = { ...systemOptions, ...options, clock, store: world.viewFor(name), name };
    this.system = createPlacedSystem(all, {
      placement: this,
      attach: (host, local) => {
        this.#seat = { host, local };
        host.listen({
          ended: (owner, generation, reason) => this.#ended(owner, generation, reason),
          typeDefined: (type) => this.types.push(type),
        });
        return local;
      },
    });
  }

  get host(): ActorHost {
    return this.#attached.host;
  }

  get local(): ActorAccess {
    return this.#attached.local;
  }

  get #attached(): { readonly host: ActorHost; readonly local: ActorAccess } {
    assert.ok(this.#seat !== undefined, "the system was created");
    return this.#seat;
  }

  forward(message: ForwardedMessage): void {
    this.#world.send(this, message);
  }

  async perform<Operation extends ActorOperation>(
    owner: Owner,
    operation: Operation,
  ): Promise<OperationResults[Operation]> {
    const placed =
      operation === ActorOperation.Wake ? this.#world.place(owner, {}) : this.#world.find(owner);
    const { host } = placed?.node ?? this;
    await placed?.started;
    return await host.perform(owner, operation);
  }

  async exclusively<Value>(owner: Owner, work: () => Promise<Value>): Promise<Value | undefined> {
    return this.#world.find(owner) === undefined ? await work() : undefined;
  }

  scansDueTimes(): boolean {
    return this.scans;
  }

  noticeDue(dueAtMs: number): void {
    this.noticed.push(dueAtMs);
    for (const { host, scans } of this.#world.nodes) if (scans) host.noticeDue(dueAtMs);
  }

  async wake(entry: DueEntry): Promise<void> {
    const placed = this.#world.place(entry.owner, {});
    await placed.started;
    await placed.node.host.fire(entry);
  }

  async awakeElsewhere(type: string, keyTexts: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(keyTexts.filter((keyText) => this.#world.find({ type, keyText }) !== undefined));
  }

  #ended(owner: Owner, generation: number, reason: StopReason): void {
    this.ends.push(`${nameOf(owner)} ${generation} ${reason}`);
    this.#world.ended(owner, generation);
  }
}

/** Systems of one process that share a store and have their keyed actors among them, on one manual clock. */
export class PlacedWorld implements AsyncDisposable {
  readonly clock: ManualClock = new ManualClock();
  readonly store: WatchedStore;
  readonly nodes: PlacedNode[] = [];
  /** The store as a process sees it, which closes it. */
  viewFor: (name: string) => WatchedStore = () => viewOf(this.store);
  /** Where the next key is placed. */
  choose: (owner: Owner) => PlacedNode = () => this.nodes[0] as PlacedNode;
  readonly #placed = new Map<string, Placed>();
  readonly #generations = new Map<string, number>();
  /** Messages to each key that were not sent yet, in order. */
  readonly #lanes = new Map<string, Promise<void>>();

  constructor(store: WatchedStore = new WatchedStore()) {
    this.store = store;
  }

  /** Adds processes. */
  open(names: readonly string[], options: SystemOptions = {}): readonly PlacedNode[] {
    const nodes = names.map((name) => new PlacedNode(this, name, options));
    this.nodes.push(...nodes);
    return nodes;
  }

  find(owner: Owner): Placed | undefined {
    return this.#placed.get(nameOf(owner));
  }

  /** The next generation of a key. */
  next(owner: Owner): number {
    const generation = (this.#generations.get(nameOf(owner)) ?? 0) + 1;
    this.#generations.set(nameOf(owner), generation);
    return generation;
  }

  /** Returns where a key is, which is placed if it is not. */
  place(owner: Owner, order: { readonly input?: unknown; readonly mustExist?: boolean }): Placed {
    const known = this.find(owner);
    if (known !== undefined) return known;
    const node = this.choose(owner);
    const generation = this.next(owner);
    const started = node.host.start(owner, { ...order, generation });
    const placed = { node, generation, started };
    this.#placed.set(nameOf(owner), placed);
    void started.then(({ outcome }) => {
      if (outcome === "refused") this.ended(owner, generation);
    });
    return placed;
  }

  ended(owner: Owner, generation: number): void {
    if (this.find(owner)?.generation === generation) this.#placed.delete(nameOf(owner));
  }

  /** Sends a message after those to the same key before it. */
  send(from: PlacedNode, message: ForwardedMessage): void {
    const name = nameOf(message.owner);
    const before = this.#lanes.get(name) ?? Promise.resolve();
    const sent = before.then(() => this.#send(from, message));
    this.#lanes.set(name, sent);
    void sent.then(() => {
      if (this.#lanes.get(name) === sent) this.#lanes.delete(name);
    });
  }

  async #send(from: PlacedNode, message: ForwardedMessage): Promise<void> {
    while (!message.ended) {
      const { owner, input, mustExist } = message;
      const { node, generation } = this.place(owner, { input, mustExist });
      const isSent = node === from ? message.deliverHere() : await this.#call(from, node, message);
      if (isSent) return;
      // It ends there.
      await until(() => this.find(owner)?.generation !== generation || message.ended);
    }
  }

  /** Sends to another process, as a network would. Resolves with false if the process does not have the key. */
  #call(from: PlacedNode, node: PlacedNode, message: ForwardedMessage): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const abort = new AbortController();
    let isSent = false;
    const sent = (): void => {
      isSent = true;
      resolve(true);
    };
    message.onEnded(() => {
      abort.abort();
      sent();
    });
    const answer: Answer = {
      reply: (value) => {
        if (message.kind === "ask") message.reply(structuredClone(value));
        else message.accepted();
        sent();
      },
      fail: (error, handled) => {
        if (!LimelightError.is(error) || error.code !== "ERR_NOT_OWNER" || handled) {
          message.fail(error as Error, handled);
          sent();
        } else if (isSent) this.send(from, message);
        else resolve(false);
      },
    };
    deliver(this.clock, node, message, answer, abort.signal);
    if (message.kind === "ask") queueMicrotask(sent); // what is refused at once is known by then
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { system } of this.nodes) expectBooks(system);
    for (const { system } of this.nodes) {
      await shutDownBy(this.clock, system);
      expectClosedBooks(system);
    }
    await this.clock.advance(20);
    const { pendingTimers, backgroundTimers } = this.clock;
    assert.deepEqual([pendingTimers, backgroundTimers], [0, 0], "timers are left on the clock");
  }
}

function deliver(
  clock: ManualClock,
  { local }: PlacedNode,
  message: ForwardedMessage,
  answer: Answer,
  signal: AbortSignal,
): void {
  const { owner, type, span, deadlineMs, input, mustExist, queued, kind, name, args } = message;
  const definition = type.definition as unknown as KeyedAddress<never, unknown>;
  const address = local.resolve(definition, keyOf(owner));
  const sending: Sending = {
    context: span === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, span),
    deadlineMs: deadlineMs ?? clock.monotonicMs() + TELL_MS,
    signal,
    input,
    create: !mustExist,
  };
  if (queued === undefined) {
    address.call({ kind, name, args: structuredClone(args) }, sending, answer);
    return;
  }
  const { queue, text, awaitsReply } = queued;
  address.send({ queue, body: JSON.parse(text), awaitsReply }, sending, answer);
}

function nameOf({ type, keyText }: Owner): string {
  return `${type}/${keyText}`;
}

/** Sends an ask through the door of a process, which has the key or not. Resolves with its only answer. */
export function askHere(
  { local }: PlacedNode,
  definition: unknown,
  key: string,
  name: string,
  ...args: readonly unknown[]
): Promise<{ readonly reply?: unknown; readonly error?: unknown; readonly handled?: boolean }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly reply?: unknown }>();
  const address = local.resolve(definition as KeyedAddress<never, unknown>, [key]);
  const answer: Answer = {
    reply: (reply) => resolve({ reply }),
    fail: (error, handled) => resolve({ error, handled } as { readonly reply?: unknown }),
  };
  const sending = { context: ROOT_CONTEXT, deadlineMs: Number.MAX_SAFE_INTEGER, create: true };
  address.call({ kind: "ask", name, args }, sending, answer);
  return promise;
}
