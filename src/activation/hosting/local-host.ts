import type { ActorCell } from "../../actor/cell/cell.ts";
import { type Clock, KeepAlive } from "../../base/clock.ts";
import { LimelightError, toError } from "../../base/errors.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { type Activation, activationOf } from "../activation/activation.ts";
import { Claim } from "../placement/claim.ts";
import { ActorOperation, type OperationResults } from "../placement/placement.ts";
import type { DueEntry, Owner } from "../records/record-keys.ts";
import type { Activations } from "../residence/activations.ts";
import type {
  ActorHost,
  HostListener,
  RunningActor,
  StartOrder,
  StartOutcome,
} from "./actor-host.ts";
import { notOwner } from "./not-owner.ts";

/** The keyed actors of a system whose keys may be in other processes. */
export class LocalHost implements ActorHost {
  readonly #activations: Activations;
  readonly #clock: Clock;

  constructor(activations: Activations, clock: Clock) {
    this.#activations = activations;
    this.#clock = clock;
  }

  async start(owner: Owner, order: StartOrder): Promise<StartOutcome> {
    const { generation, input, mustExist = false, isCurrent } = order;
    const type = this.#activations.directory.type(owner.type);
    if (type === undefined) return { outcome: "refused", why: "unknown_type" };
    const former = this.#find(owner);
    const known = former?.claim?.generation ?? 0;
    if (former !== undefined && known === generation) return await outcomeOf(former);
    if (known > generation) return { outcome: "stale", storedGeneration: known };
    if (former?.cell.accepting === true) former.cell.kill(StopReason.Fenced); // its place was given away
    const claim = new Claim(generation, isCurrent);
    const cell = this.#activations.startClaimed(type, owner, claim, { input, mustExist });
    if (cell === undefined) {
      const why = this.#activations.isOpen ? "full" : "shut_down";
      return { outcome: "refused", why };
    }
    return await outcomeOf(activationOf(cell));
  }

  async stop(owner: Owner, reason: StopReason, deadlineMs: number): Promise<void> {
    const activation = this.#find(owner);
    if (activation === undefined) return;
    const { cell } = activation;
    const fence = (): void => cell.kill(StopReason.Fenced);
    // Set before the deadline of the actor itself, which would kill it together with its queued messages.
    const limitMs = Math.min(deadlineMs, cell.type.settings.stopDeadlineMs);
    const timer = this.#clock.schedule(fence, limitMs, KeepAlive.Yes);
    cell.stopNow(reason);
    await activation.gone;
    timer.cancel();
  }

  fence(owner: Owner): void {
    this.#find(owner)?.cell.kill(StopReason.Fenced);
  }

  fenceAll(): void {
    for (const { cell } of [...this.#activations.activations()]) cell.kill(StopReason.Fenced);
  }

  *running(): Generator<RunningActor> {
    for (const activation of this.#activations.activations()) {
      const { cell, claim, owner, requestedMs: sinceMs } = activation;
      if (claim === undefined) continue;
      yield { owner, generation: claim.generation, sinceMs, ending: !cell.accepting };
    }
  }

  *types(): Generator<string> {
    for (const { name } of this.#activations.directory.types()) yield name;
  }

  stopLimitMs(type: string): number | undefined {
    return this.#activations.directory.type(type)?.definition.options.stopDeadlineMs;
  }

  async perform<Operation extends ActorOperation>(
    owner: Owner,
    operation: Operation,
  ): Promise<OperationResults[Operation]> {
    // The result depends on the operation, as the type of the results says.
    return (await this.#perform(owner, operation)) as OperationResults[Operation];
  }

  async fire(entry: DueEntry): Promise<void> {
    const cell = this.#find(entry.owner)?.cell;
    const isAwake = await this.#activations.due.fireHere(cell, entry);
    if (!isAwake) throw notOwner(entry.owner, "wake");
  }

  scan(): void {
    this.#activations.scan();
  }

  endScan(): void {
    this.#activations.sleeping.endScan();
    this.#activations.due.pause();
  }

  noticeDue(dueAtMs: number): void {
    this.#activations.due.notice(dueAtMs);
  }

  listen({ ended, typeDefined }: HostListener): void {
    this.#activations.onLeft = ({ claim, owner, cell }) => {
      if (claim !== undefined) ended(owner, claim.generation, reasonOf(cell));
    };
    this.#activations.onType = ({ name }) => typeDefined(name);
  }

  async #perform(owner: Owner, operation: ActorOperation): Promise<unknown> {
    const activation = this.#find(owner);
    switch (operation) {
      case ActorOperation.Sleep:
        activation?.sleep(StopReason.Requested);
        await activation?.gone;
        return undefined;
      case ActorOperation.Kill:
        activation?.cell.kill(StopReason.Killed);
        return undefined;
      case ActorOperation.Destroy:
        return await this.#activations.removals.removeHere(owner, (removed) => removed);
      case ActorOperation.WhenStopped:
        if (activation === undefined) return StopReason.Idle;
        return await activation.cell.ensureExtras().stopped.promise;
      case ActorOperation.Wake:
        if (activation?.cell.accepting !== true) throw notOwner(owner, "wake");
        return await whenReady(activation.cell);
    }
  }

  /** Returns the latest activation of a key that has not ended. */
  #find({ type, keyText }: Owner): Activation | undefined {
    const cell = this.#activations.find(type, keyText)?.cell;
    return cell === undefined ? undefined : activationOf(cell);
  }
}

async function outcomeOf(activation: Activation): Promise<StartOutcome> {
  const { cell, claim } = activation;
  try {
    await whenReady(cell);
  } catch (thrown) {
    const { stopReason } = cell;
    if (claim?.storedGeneration !== undefined) {
      return { outcome: "stale", storedGeneration: claim.storedGeneration };
    }
    if (activation.absent) return { outcome: "absent" };
    if (stopReason === StopReason.StartFailed) return { outcome: "failed", error: causeOf(thrown) };
    return { outcome: "ended", reason: reasonOf(cell) };
  }
  if (cell.accepting) return { outcome: "running" };
  return { outcome: "ended", reason: reasonOf(cell) };
}

async function whenReady(cell: ActorCell): Promise<void> {
  if (cell.state === "starting" || cell.extrasIfAny?.neverStarted === true) {
    await cell.ensureExtras().ready.promise;
  }
}

/** Why a start has failed; the error around it names the actor only. */
function causeOf(thrown: unknown): Error {
  const error = toError(thrown);
  return LimelightError.is(error) && error.cause instanceof Error ? error.cause : error;
}

function reasonOf({ stopReason = StopReason.Normal }: ActorCell): StopReason {
  return stopReason;
}
