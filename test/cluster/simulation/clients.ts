import type { Owner } from "../../../src/activation/records/record-keys.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { LimelightError } from "../../../src/base/errors.ts";
import { wait } from "../../../src/cluster/engine/wait.ts";
import { addressOf } from "../../../src/cluster/protocol/address.ts";
import type { Random } from "../../../src/cluster/sim/random.ts";
import type { History, Operation } from "./history.ts";
import type { ModelOutcome, ModelRequest } from "./model-message.ts";
import { attemptOf } from "./queues/queue-ops.ts";

/** A process, as its clients use it. */
export interface Caller {
  readonly name: string;
  readonly clock: Clock;
  readonly isOver: boolean;
  /** Sends a message to an actor, wherever it is. */
  send(request: ModelRequest): Promise<ModelOutcome>;
  /** Sends a message to a process that is said to have an actor. */
  askAt(
    owner: Owner,
    runnerId: string,
    generation: number,
    id: string,
  ): Promise<{ readonly version: number } | undefined>;
  /** Has a due entry given to an actor. */
  wake(owner: Owner, id: string): Promise<void>;
  /** Removes an actor, wherever it is. */
  destroy(owner: Owner): Promise<void>;
}

/** What a {@link Clients} works with. */
export interface ClientsParts {
  readonly history: History;
  readonly random: Random;
  readonly owners: readonly Owner[];
  /** Whether to begin further operations. */
  readonly isGoing: () => boolean;
}

/** How long a client tries to have an operation done. */
const TRY_MS = 45_000;
const WAKES = 0.1;
const READS = 0.35;
const SENDS = 0.25;
/** Share of queue messages whose reply is waited for. */
const WAITS = 0.4;
/** What was sent to an actor that is to be destroyed has certainly come to its end after this time. */
const MIN_LIFE_MS = 3_000;
const MAX_LIFE_MS = 15_000;
const DESTROY_MS = 10_000;

/** Operations that are done by sending a message. */
type CallKind = "append" | "read" | "send" | "send_wait";

/** Users of actors: each does one operation after another, and does it again under its id as long as it is not done. */
export class Clients {
  readonly #parts: ClientsParts;
  /** Actors that exist. Nothing is due for others. */
  readonly #existing = new Set<string>();
  #ids = 0;
  /** Operations under way. */
  active = 0;

  constructor(parts: ClientsParts) {
    this.#parts = parts;
  }

  /** Lets one client of a process work until the end. */
  async work(caller: Caller): Promise<void> {
    const { random, owners, isGoing } = this.#parts;
    while (isGoing() && !caller.isOver) {
      const owner = random.pick(owners);
      const isWake = random.chance(WAKES) && this.#existing.has(addressOf(owner));
      if (isWake) await this.wake(caller, owner);
      else await this.call(caller, owner, this.#kind());
      await wait(caller.clock, random.between(20, 800));
    }
  }

  #kind(): CallKind {
    const { random } = this.#parts;
    if (random.chance(READS)) return "read";
    if (!random.chance(SENDS)) return "append";
    return random.chance(WAITS) ? "send_wait" : "send";
  }

  /** Does one operation. */
  async call(caller: Caller, owner: Owner, kind: CallKind, tryMs: number = TRY_MS): Promise<void> {
    const operation = this.#begin(caller, owner, kind);
    const untilMs = caller.clock.monotonicMs() + tryMs;
    let isUnknown = false;
    for (let attempt = 1; operation.outcome === "open"; attempt += 1) {
      const outcome = await caller.send(requestOf(operation, owner, kind, attempt));
      if (outcome.kind === "reply") this.#end(operation, "ok", outcome.version);
      else {
        isUnknown ||= outcome.isHandled;
        operation.code = codeOf(outcome.error);
        if (caller.clock.monotonicMs() >= untilMs || caller.isOver) {
          this.#end(operation, isUnknown ? "unknown" : "refused");
        } else await wait(caller.clock, Math.min(1_000, 50 * 2 ** attempt));
      }
    }
  }

  /** Has something due done once. */
  async wake(caller: Caller, owner: Owner): Promise<void> {
    const operation = this.#begin(caller, owner, "wake");
    try {
      await caller.wake(owner, operation.id);
      this.#end(operation, "ok");
    } catch (error) {
      operation.code = codeOf(error);
      this.#end(operation, "unknown");
    }
  }

  /** Creates an actor that nobody else uses, and destroys it after a while. */
  async createAndDestroy(caller: Caller, owner: Owner): Promise<void> {
    const { random, isGoing } = this.#parts;
    await this.call(caller, owner, "append");
    await wait(caller.clock, random.between(MIN_LIFE_MS, MAX_LIFE_MS));
    if (!isGoing() || caller.isOver) return;
    const operation = this.#begin(caller, owner, "destroy");
    const untilMs = caller.clock.monotonicMs() + TRY_MS;
    while (operation.outcome === "open") {
      // A process that dies with the request does not answer it.
      const late = wait(caller.clock, DESTROY_MS).then(() => "late" as const);
      const done = caller.destroy(owner).then(
        () => "done" as const,
        () => "failed" as const,
      );
      if ((await Promise.race([done, late])) === "done") this.#end(operation, "ok");
      else if (caller.clock.monotonicMs() >= untilMs || caller.isOver) {
        this.#end(operation, "unknown");
      } else await wait(caller.clock, 500);
    }
  }

  /** Asks a process that may not answer any more for what it knows of an actor. */
  async probe(caller: Caller, owner: Owner, runnerId: string, generation: number): Promise<void> {
    const operation = this.#begin(caller, owner, "stale_read");
    const reply = await caller.askAt(owner, runnerId, generation, operation.id);
    if (reply === undefined) this.#end(operation, "refused");
    else this.#end(operation, "ok", reply.version);
  }

  #begin({ name }: Caller, owner: Owner, kind: Operation["kind"]): Operation {
    this.active += 1;
    this.#ids += 1;
    const id = `${kind}-${this.#ids}`;
    return this.#parts.history.invoke({ id, address: addressOf(owner), kind, client: name });
  }

  #end(operation: Operation, outcome: Operation["outcome"], version?: number): void {
    this.active -= 1;
    const { kind, address } = operation;
    if (kind === "append" && outcome === "ok") this.#existing.add(address);
    this.#parts.history.end(operation, outcome, version);
  }
}

function requestOf(
  operation: Operation,
  owner: Owner,
  kind: CallKind,
  attempt: number,
): ModelRequest {
  const isQueued = kind === "send" || kind === "send_wait";
  const stored = (): void => {
    operation.isStored = true;
  };
  return { owner, kind, id: isQueued ? attemptOf(operation.id, attempt) : operation.id, stored };
}

function codeOf(error: unknown): string {
  return LimelightError.is(error) ? error.code : String(error);
}
