import type { ActorCell } from "../../actor/cell/cell.ts";
import { CellContext } from "../../actor/cell/cell-context.ts";
import { PRESENT } from "../../actor/lifecycle/life-keys.ts";
import { Envelope } from "../../actor/mailbox/envelope.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { activeContext } from "../../telemetry/context/active-context.ts";
import { ActorScope } from "../../telemetry/context/actor-scope.ts";
import { holdsOf } from "../awake/awake-report.ts";
import { keepAwake, waitUntil } from "../awake/keep-awake.ts";
import { type AnyBroadcastOptions, broadcast } from "../connection/broadcast.ts";
import { type AnyConnection, OpenConnections } from "../connection/open-connection.ts";
import { type Caller, originIn, type RequestOrigin } from "../definition/caller.ts";
import type { AnyEvents } from "../definition/event-types.ts";
import type { AwakeHold, KeyedContext } from "../definition/keyed-context.ts";
import type { AnyQueues } from "../definition/queue-types.ts";
import { type Activation, activationOf } from "./activation.ts";
import { KeyRef } from "./key-ref.ts";
import { KeyTarget } from "./key-target.ts";
import type { PartName } from "./life-part.ts";

/** The `c` of one life of a keyed actor, of whatever definition. */
export type AnyKeyedContext = KeyedContext<
  unknown,
  never,
  AnyQueues,
  AnyEvents,
  unknown,
  unknown,
  never
>;

/** The connections of an actor that no client has connected to. */
const NO_CONNECTIONS = new OpenConnections(new Map());

/** The context of one life of a keyed actor. */
export class KeyedLife extends CellContext {
  /** What `vars` of the definition has returned for this life. */
  vars: unknown = undefined;
  readonly #cell: ActorCell;

  constructor(cell: ActorCell) {
    super(cell);
    this.#cell = cell;
  }

  /** The same object as hooks and handlers get it. */
  get c(): AnyKeyedContext {
    return this as unknown as AnyKeyedContext;
  }

  get key(): readonly string[] {
    return activationOf(this.#cell).entry.key;
  }

  get generation(): number {
    return activationOf(this.#cell).generation ?? 0;
  }

  get fencingToken(): number {
    return this.generation;
  }

  override get self(): KeyRef<never, never> {
    const { type, entry } = activationOf(this.#cell);
    return new KeyRef(new KeyTarget(type, entry.owner, undefined), undefined);
  }

  get schedule(): unknown {
    return this.#part("schedule");
  }

  get queue(): unknown {
    return this.#part("queue");
  }

  get kv(): unknown {
    return this.#part("kv");
  }

  get db(): unknown {
    return this.#part("db");
  }

  get connections(): OpenConnections {
    return activationOf(this.#cell).connections?.view ?? NO_CONNECTIONS;
  }

  get connection(): AnyConnection | undefined {
    const { connections } = activationOf(this.#cell);
    if (connections === undefined) return undefined;
    const id = this.#origin()?.connectionId;
    return id === undefined ? undefined : connections.view.get(id);
  }

  get caller(): Caller | undefined {
    return this.#origin()?.caller;
  }

  get requestId(): string | undefined {
    return this.#origin()?.requestId;
  }

  broadcast(event: string, body?: unknown, options?: AnyBroadcastOptions): void {
    broadcast(this.#present(), event, body, options);
  }

  async saveState(): Promise<void> {
    await this.#present().writer.save();
  }

  keepAwake<Value>(promise: PromiseLike<Value>): Promise<Value> {
    return keepAwake(this[PRESENT](), promise);
  }

  waitUntil(promise: PromiseLike<unknown>): void {
    waitUntil(this[PRESENT](), promise);
  }

  sleep(): void {
    this.#present().sleep(StopReason.Requested);
  }

  destroy(): void {
    this.#present().destroy();
  }

  /** Not on the public context: a keyed actor sleeps or is destroyed. */
  override stop(): void {
    this.sleep();
  }

  awakeReasons(): readonly AwakeHold[] {
    const cell = this[PRESENT]();
    return holdsOf(activationOf(cell));
  }

  /** Where the message comes from. Without a context manager, that of the message being handled counts for all code. */
  #origin(): Partial<RequestOrigin> | undefined {
    const active = activeContext();
    if (active instanceof ActorScope) return originIn(active);
    const { current } = this.#cell;
    return current instanceof Envelope ? originIn(current.context) : undefined;
  }

  #present(): Activation {
    return activationOf(this[PRESENT]());
  }

  #part(name: PartName): unknown {
    const part = this.#present().current?.parts.get(name);
    if (part !== undefined) return part.member;
    throw new UsageError(`c.${name} of ${this.#cell.actorId} is not available`, {
      code: ErrorCode.InvalidOption,
    });
  }
}
