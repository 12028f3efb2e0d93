import type { ActorCell } from "../../actor/cell/cell.ts";
import type { HookSpan } from "../../actor/lifecycle/hooks.ts";
import { WakeSpan } from "../../actor/lifecycle/wake-span.ts";
import { spawnTask } from "../../actor/work/tasks.ts";
import { inTurn } from "../../base/async/in-turn.ts";
import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { isThenable, toPromise } from "../../base/foreign-value.ts";
import { randomName } from "../../base/ids.ts";
import {
  ABSENT,
  type Loaded,
  type LoadRequest,
  type StoredEntry,
} from "../../store/contract/store.ts";
import { PreloadMap } from "../../store/startup/preload-map.ts";
import {
  AwakeReason,
  Outcome,
  PreloadResult,
  StartupPhase,
  StopReason,
  StoragePhase,
} from "../../telemetry/attributes.ts";
import { formerPosition, positionIn } from "../connection/clean-end.ts";
import { type Claim, claimedRecords, claimRecords } from "../placement/claim.ts";
import { receive, unpack } from "../placement/handover.ts";
import { isWaitEnd } from "../queue/message-wait.ts";
import { decodeMeta } from "../records/meta-record.ts";
import { metaKey, stateKey } from "../records/record-keys.ts";
import { type Activation, activationOf } from "./activation.ts";
import type { KeyedLife } from "./keyed-life.ts";
import { PART_NAMES } from "./life-part.ts";
import { PartSet } from "./part-set.ts";
import { StartRecord } from "./start-record.ts";
import { migrateState, noteSize, readState, requireNoPromise, watchState } from "./stored-state.ts";
import { requireWhole } from "./whole-records.ts";

/** Kind of the task in which `run` of a definition runs. */
const RUN = "run";

/**
 * The internal steps of a start: waits until the activation may use the key's records, and loads them in one round trip.
 * Runs in the stack of the code that woke the actor, so it calls no code of the user. Begins a restart as well.
 */
export function loadLife(cell: ActorCell, span: HookSpan): Promise<void> | undefined {
  const activation = activationOf(cell);
  const { definition, requestedMs } = activation;
  const { activationMetrics, system } = activation.type;
  const isRestart = activation.record !== undefined;
  const record = new StartRecord(cell, activationMetrics, span, {
    requestedMs: isRestart ? system.clock.monotonicMs() : requestedMs,
    deadlineMs: definition.settings.startDeadlineMs,
    ended: isRestart ? undefined : (...end) => noteStart(activation, ...end),
  });
  activation.record = record;
  return record.within(() =>
    isRestart ? reload(activation, record) : load(activation, record, span),
  );
}

function noteStart({ isNew, store, type }: Activation, outcome: Outcome, durationMs: number): void {
  const trips = store.roundTrips(StoragePhase.Starting);
  type.activationMetrics.started({ isNew, outcome }, durationMs, trips);
}

async function load(activation: Activation, record: StartRecord, span: HookSpan): Promise<void> {
  const { cell, predecessors, type } = activation;
  const admitted = type.residence.admit(activation);
  if (span instanceof WakeSpan) {
    await Promise.resolve(); // for the message that wakes the actor
    if (!cell.isStopped) span.open();
  }
  try {
    if (admitted !== undefined) await record.internal(StartupPhase.Admit, () => admitted);
    if (predecessors !== undefined && !cell.isStopped) {
      await record.internal(StartupPhase.Previous, () => predecessors);
    }
    if (!cell.isStopped) await readRecords(activation, record);
  } catch (thrown) {
    fail(record, thrown);
  }
}

async function reload(activation: Activation, record: StartRecord): Promise<void> {
  const { cell, writer } = activation;
  try {
    await activation.current?.parts.close(); // those of a life that has never begun
    await writer.settled();
    writer.reset();
    activation.ready = false;
    if (!cell.isStopped) await readRecords(activation, record);
  } catch (thrown) {
    fail(record, thrown);
  }
}

/** Ends the record of a start that fails. */
function fail(record: StartRecord, thrown: unknown): never {
  record.conclude(Outcome.Error, toError(thrown));
  throw thrown;
}

async function readRecords(activation: Activation, record: StartRecord): Promise<void> {
  const { cell, owner, type } = activation;
  const factories = type.residence.parts;
  const request = {
    keys: [metaKey(owner), stateKey(owner)],
    prefixes: PART_NAMES.flatMap((name) => factories[name]?.prefixes?.(owner) ?? []),
  };
  record.begin(StartupPhase.Load);
  const { claim } = activation;
  const answer = await (claim === undefined
    ? activation.store.load(request)
    : loadClaimed(activation, claim, request));
  if (cell.isStopped || record.isOver) return;
  if (claim?.storedGeneration !== undefined) {
    cell.kill(StopReason.Fenced); // a later activation has claimed the key
    return;
  }
  takeRecords(activation, record, answer, new PreloadMap(request, answer, type.storageMetrics));
  record.end();
}

/** Returns the records of an actor that is claimed, which is done now for its first life. */
async function loadClaimed(
  activation: Activation,
  claim: Claim,
  request: LoadRequest,
): Promise<Loaded> {
  const { definition, mustExist, owner, store, type } = activation;
  if (claim.isHeld) return await claimedRecords(claim, { owner, store }, request);
  const { expireAfterMs } = definition.settings;
  const now = (): number => type.system.clock.epochMs();
  const actor = { owner, store, mustExist, expireAfterMs, now };
  let claimed = await claimRecords(claim, actor, request);
  // A message for an actor that need not exist may have come meanwhile.
  if (!claim.isHeld && claim.storedGeneration === undefined && !activation.mustExist) {
    claimed = await claimRecords(claim, { ...actor, mustExist: false }, request);
  }
  if (claimed.former !== undefined) {
    activation.formerPosition = positionIn(claimed.former);
    receive(activation, claimed.former);
  }
  return claimed.loaded;
}

/** Sets the records of the activation, and what its present life begins with. */
function takeRecords(
  activation: Activation,
  record: StartRecord,
  answer: Loaded,
  loaded: PreloadMap,
): void {
  const { cell, definition, owner } = activation;
  const recordKey = metaKey(owner);
  const found = entryOf(loaded, recordKey);
  const { claim } = activation;
  if (found === undefined && (activation.mustExist || claim?.isHeld === false)) {
    activation.absent = true; // it was destroyed after the message that starts it was sent
    cell.kill(StopReason.Destroyed);
    return;
  }
  activation.mustExist = false;
  activation.meta = found === undefined ? undefined : decodeMeta(recordKey, found.value);
  requireWhole(owner, activation.meta, answer);
  activation.revision = found?.revision ?? ABSENT;
  activation.isNew = found === undefined;
  activation.generation ??= activation.claim?.generation ?? (activation.meta?.generation ?? 0) + 1;
  record.isNew = activation.isNew;
  activation.incarnation = incarnationOf(activation);
  activation.formerPosition ??= formerPosition(activation);
  activation.loaded = loaded;
  const { meta } = activation;
  const state = watchState(definition);
  const stored =
    meta === undefined
      ? undefined
      : readState(definition, meta, entryOf(loaded, stateKey(owner)), state);
  const parts = new PartSet(activation);
  noteSize(cell, state.sizeBytes, definition);
  const restarts = cell.extrasIfAny?.restarts ?? 0;
  activation.current = { life: cell.life, restarts, state, stored, parts };
  activation.writer.open();
  parts.open();
}

/** The name of the stored actor, of the present creation, or of a new one. */
function incarnationOf({ meta, incarnation }: Activation): string {
  if (meta !== undefined) return meta.incarnation;
  return incarnation === "" ? randomName() : incarnation;
}

function entryOf(loaded: PreloadMap, key: string): StoredEntry | undefined {
  const answer = loaded.get(key);
  return answer.result === PreloadResult.Found ? answer.entry : undefined;
}

/** The steps of a start from the migration on: those that call code of the user, in the scope of the actor. */
export function beginLife(cell: ActorCell): Promise<void> | undefined {
  const activation = activationOf(cell);
  const record = activation.record as StartRecord; // made by `loadLife`
  return record.within(() => begin(activation, record));
}

function begin(activation: Activation, record: StartRecord): Promise<void> | undefined {
  const ready = (): void => {
    if (!activation.cell.isStopped && !record.isOver) beReady(activation, record);
  };
  let steps: Promise<void> | undefined;
  try {
    steps = inTurn(stepsOf(activation, record));
  } catch (thrown) {
    fail(record, thrown);
  }
  if (steps !== undefined) return steps.then(ready, (thrown: unknown) => fail(record, thrown));
  ready();
  return undefined;
}

/** Sets the stored state, and returns the steps of the start. An actor that was killed takes no further one. */
function stepsOf(activation: Activation, record: StartRecord): (() => unknown)[] {
  const { cell, current, definition, meta } = activation;
  if (current === undefined) return [];
  const life = cell.life as KeyedLife;
  const { stored, parts } = current;
  life.state = stored;
  const steps: (() => unknown)[] = [];
  const add = (phase: StartupPhase, work: () => unknown): void => {
    steps.push(() => (cell.isStopped || record.isOver ? undefined : record.user(phase, work)));
  };
  if (meta !== undefined && stored !== undefined && meta.version < definition.settings.version) {
    add(StartupPhase.Migrate, () => {
      life.state = migrateState(definition, stored, meta.version);
    });
  }
  for (const part of parts) {
    if (part.begin !== undefined) steps.push(() => part.begin?.(record));
  }
  addUserSteps(activation, life, add);
  return steps;
}

/** Adds the steps that call user code once the stored state is there. */
function addUserSteps(
  activation: Activation,
  life: KeyedLife,
  add: (phase: StartupPhase, work: () => unknown) => void,
): void {
  const { current, definition, isNew, input } = activation;
  const { state, onCreate, vars, onWake } = definition.options;
  const { c } = life;
  if (current?.stored === undefined && state !== undefined) {
    add(StartupPhase.State, () => {
      life.state = createState(activation);
    });
  }
  if (isNew && onCreate !== undefined) {
    add(StartupPhase.OnCreate, () => onCreate(c, input as never));
  }
  if (vars !== undefined) {
    const make = (handed: unknown): unknown => vars(c, handed);
    add(StartupPhase.Vars, () => createVars(life, unpack(activation, make)));
  }
  if (onWake !== undefined) add(StartupPhase.OnWake, () => onWake(c));
}

function createVars(life: KeyedLife, made: unknown): Promise<void> | undefined {
  if (!isThenable(made)) {
    life.vars = made;
    return undefined;
  }
  return toPromise(made).then((vars) => {
    life.vars = vars;
  });
}

/** @throws {@link LimelightError} `ERR_INPUT_MISSING`, `ERR_STATE_INVALID` */
function createState({ definition, entry, input }: Activation): unknown {
  const { state } = definition.options;
  if (state === undefined) return undefined;
  const missing = input === undefined && state.length > 0;
  if (missing && state.length === 1) throw inputMissing(definition.type, entry.key, undefined);
  try {
    return requireNoPromise("state", state(input as never, entry.key));
  } catch (thrown) {
    if (missing) throw inputMissing(definition.type, entry.key, thrown);
    throw thrown;
  }
}

function inputMissing(type: string, key: readonly string[], cause: unknown): LimelightError {
  return new LimelightError(
    `${type} ${key.join(",")} does not exist yet, and \`get\` was given no input for its state`,
    { code: ErrorCode.InputMissing, cause },
  );
}

/** The life handles messages from here on. Reads of the start are released before user code can see what replaced them. */
function beReady(activation: Activation, record: StartRecord): void {
  const { cell, current, store, definition } = activation;
  record.conclude(Outcome.Ok);
  store.ready();
  activation.loaded = undefined;
  activation.ready = true;
  activation.writer.begin();
  for (const part of current?.parts ?? []) part.ready?.();
  const { run } = definition.options;
  if (run === undefined || !cell.accepting) return;
  const life = cell.life as KeyedLife;
  const task = spawnTask(cell, RUN, () => runLoop(life.c, run));
  // It may wait for a queue message already, which does not keep the actor awake.
  if (task.keepsAwake === AwakeReason.Task) task.keepsAwake = AwakeReason.Run;
  activation.writer.watchTasks();
}

/** Runs `run`. That a wait for queue messages ends with the actor is no failure. */
async function runLoop(c: KeyedLife["c"], run: (c: never) => Promise<unknown>): Promise<void> {
  try {
    await run(c as never);
  } catch (thrown) {
    if (!isWaitEnd(thrown)) throw thrown;
  }
}
