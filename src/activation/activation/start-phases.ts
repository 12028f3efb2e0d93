import type { ActorCell } from "../../actor/cell/cell.ts";
import type { HookSpan } from "../../actor/lifecycle/hooks.ts";
import { WakeSpan } from "../../actor/lifecycle/wake-span.ts";
import { spawnTask } from "../../actor/work/tasks.ts";
import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { isThenable, toPromise } from "../../base/foreign-value.ts";
import { randomName } from "../../base/ids.ts";
import { ABSENT, type StoredEntry } from "../../store/contract/store.ts";
import { PreloadMap } from "../../store/startup/preload-map.ts";
import {
  AwakeReason,
  Outcome,
  PreloadResult,
  StartupPhase,
  StoragePhase,
} from "../../telemetry/attributes.ts";
import { isWaitEnd } from "../queue/message-wait.ts";
import { decodeMeta } from "../records/meta-record.ts";
import { metaKey, stateKey } from "../records/record-keys.ts";
import { type Activation, activationOf, type LifeParts } from "./activation.ts";
import { closeParts } from "./end-phases.ts";
import type { KeyedLife } from "./keyed-life.ts";
import { type LifePart, PART_NAMES, type PartName } from "./life-part.ts";
import { StartRecord } from "./start-record.ts";
import { migrateState, noteSize, readState, requireNoPromise, watchState } from "./stored-state.ts";
import { requireWhole } from "./whole-records.ts";

/** Kind of the task in which `run` of a definition runs. */
const RUN = "run";

/**
 * The internal steps of a start: waits until the activation may use the key's records, and loads them in one round trip.
 * Runs in the stack of the code that woke the actor, so it calls no code of the user. Begins a restart as well.
 */
export function loadLife(cell: ActorCell, span: HookSpan): Promise<void> {
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
    if (cell.isStopped) return;
    await record.internal(StartupPhase.Load, () => readRecords(activation, record));
  } catch (thrown) {
    fail(record, thrown);
  }
}

async function reload(activation: Activation, record: StartRecord): Promise<void> {
  const { cell, writer } = activation;
  try {
    await closeParts(activation); // those of a life that has never begun
    await writer.settled();
    writer.reset();
    activation.ready = false;
    if (cell.isStopped) return;
    await record.internal(StartupPhase.Load, () => readRecords(activation, record));
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
  const { cell, definition, owner, store, type } = activation;
  const factories = type.residence.parts;
  const [recordKey, ownStateKey] = [metaKey(owner), stateKey(owner)];
  const request = {
    keys: [recordKey, ownStateKey],
    prefixes: PART_NAMES.flatMap((name) => factories[name]?.prefixes?.(owner) ?? []),
  };
  const answer = await store.load(request);
  const loaded = new PreloadMap(request, answer, type.storageMetrics);
  if (cell.isStopped || record.isOver) return;
  const found = entryOf(loaded, recordKey);
  activation.meta = found === undefined ? undefined : decodeMeta(recordKey, found.value);
  requireWhole(owner, activation.meta, answer);
  activation.revision = found?.revision ?? ABSENT;
  activation.isNew = found === undefined;
  activation.generation ??= (activation.meta?.generation ?? 0) + 1;
  record.isNew = activation.isNew;
  activation.incarnation = incarnationOf(activation);
  activation.loaded = loaded;
  const { meta } = activation;
  const state = watchState(definition);
  const stored =
    meta === undefined
      ? undefined
      : readState(definition, meta, entryOf(loaded, ownStateKey), state);
  const parts = new Map<PartName, LifePart<unknown>>();
  noteSize(cell, state.sizeBytes, definition);
  const restarts = cell.extrasIfAny?.restarts ?? 0;
  activation.current = { life: cell.life, restarts, state, stored, parts, closed: false };
  activation.writer.open();
  for (const name of PART_NAMES) {
    const part = factories[name]?.create(activation);
    if (part !== undefined) parts.set(name, part);
  }
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
export function beginLife(cell: ActorCell): Promise<void> {
  const activation = activationOf(cell);
  const record = activation.record as StartRecord; // made by `loadLife`
  return record.within(() => begin(activation, record));
}

async function begin(activation: Activation, record: StartRecord): Promise<void> {
  try {
    await runSteps(activation, record);
  } catch (thrown) {
    fail(record, thrown);
  }
  if (!activation.cell.isStopped && !record.isOver) beReady(activation, record);
}

async function runSteps(activation: Activation, record: StartRecord): Promise<void> {
  const { cell, current } = activation;
  if (current === undefined) return;
  const life = cell.life as KeyedLife;
  await prepareState(activation, life, record);
  for (const [phase, work] of userSteps(activation, life)) {
    if (cell.isStopped || record.isOver) return;
    await record.user(phase, work);
  }
}

/** Sets the stored state, in the current version, and opens what the hooks may use. */
async function prepareState(
  { current, definition, meta }: Activation,
  life: KeyedLife,
  record: StartRecord,
): Promise<void> {
  const { stored, parts } = current as LifeParts;
  life.state = stored;
  if (meta !== undefined && stored !== undefined && meta.version < definition.settings.version) {
    await record.user(StartupPhase.Migrate, () => {
      life.state = migrateState(definition, stored, meta.version);
    });
  }
  for (const part of parts.values()) if (part.begin !== undefined) await part.begin(record);
}

/** The steps that call user code once the stored state is there. */
function userSteps(
  activation: Activation,
  life: KeyedLife,
): (readonly [StartupPhase, () => unknown])[] {
  const { current, definition, isNew, input } = activation;
  const { state, onCreate, vars, onWake } = definition.options;
  const steps: (readonly [StartupPhase, () => unknown])[] = [];
  const { c } = life;
  if (current?.stored === undefined && state !== undefined) {
    const create = (): void => {
      life.state = createState(activation);
    };
    steps.push([StartupPhase.State, create]);
  }
  if (isNew && onCreate !== undefined) {
    steps.push([StartupPhase.OnCreate, () => onCreate(c, input as never)]);
  }
  if (vars !== undefined) {
    steps.push([StartupPhase.Vars, () => createVars(life, vars(c))]);
  }
  if (onWake !== undefined) steps.push([StartupPhase.OnWake, () => onWake(c)]);
  return steps;
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
  for (const part of current?.parts.values() ?? []) part.ready?.();
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
