import { check, type Violation } from "../simulation/checker.ts";
import { History, type Operation } from "../simulation/history.ts";
import type { FaultRecord } from "./records.ts";

type Content = Extract<FaultRecord, { kind: "content" }>;
type Ending = Extract<FaultRecord, { kind: "ok" | "refused" | "unknown" }>;

/** Returns all rules that a run on real processes has broken: those of the simulation, and those that need no notes. */
export function checkRun(records: readonly FaultRecord[], recoveryMs: number): Violation[] {
  const history = historyOf(records);
  const contents = records.filter((record) => record.kind === "content");
  return [
    ...check(history, { recoveryMs, fromBeginning: true }),
    ...checkEnds(history),
    ...contents.flatMap((content) => [...checkOrigin(history, content)]),
    ...checkNodes(records),
  ];
}

/** Returns a run as the checks of the simulation take it. */
function historyOf(records: readonly FaultRecord[]): History {
  let nowMs = 0;
  const history = new History(() => nowMs);
  const open = new Map<string, Operation>();
  for (const record of records) {
    if (record.kind !== "content") nowMs = record.atMs;
    switch (record.kind) {
      case "invoke": {
        const { id, address, client, reads = false } = record;
        const kind = reads ? "read" : "append";
        open.set(id, history.invoke({ id, address, kind, client }));
        break;
      }
      case "ok":
      case "refused":
      case "unknown":
        end(history, open.get(record.id), record);
        break;
      case "began":
      case "fault":
        break;
      case "placement": {
        const { kind: _kind, runner: runnerId, ...placement } = record;
        history.placements.push({ ...placement, runnerId, outbox: [] });
        break;
      }
      case "healed":
        history.healedMs = nowMs;
        break;
      case "content":
        addWrites(history, record);
        break;
    }
  }
  return history;
}

function end(history: History, operation: Operation | undefined, record: Ending): void {
  if (operation === undefined) {
    history.errors.push(`${record.id} has ended and was never begun`);
  } else if (record.kind === "ok") {
    history.end(operation, "ok", record.version);
  } else {
    operation.code = record.code;
    history.end(operation, record.kind);
  }
}

/** The writes that must have been accepted for the content of an actor to be what it is. */
function addWrites({ accepted, nowMs }: History, { address, written }: Content): void {
  let last = 0;
  const ops: string[] = [];
  for (const { id, generation, node, pid } of written) {
    const write = { atMs: nowMs, address, generation, writer: `${node} ${pid}` };
    const claim = { ...write, version: ops.length, ops: [...ops] };
    if (generation > last) accepted.push(claim);
    ops.push(id);
    accepted.push({ ...write, version: ops.length, ops: [...ops] });
    last = Math.max(last, generation);
  }
}

function* checkEnds({ operations }: History): Generator<Violation> {
  for (const { id, address, outcome } of operations) {
    if (outcome === "open") yield { rule: "never_ended", text: `${address}: ${id} has no outcome` };
  }
}

/** Everything that is stored was asked for, and was not refused. */
function* checkOrigin(history: History, { address, written }: Content): Generator<Violation> {
  const known = new Map(history.operations.map((operation) => [operation.id, operation]));
  for (const { id } of written) {
    const operation = known.get(id);
    if (operation?.address !== address) {
      yield { rule: "phantom", text: `${address}: ${id} is stored, and was never asked for` };
    } else if (operation.outcome === "refused") {
      const text = `${address}: ${id} is stored, and was refused with ${operation.code}`;
      yield { rule: "refused_stored", text };
    }
  }
}

/** Each node that lives has answered something that was asked after healing. */
function* checkNodes(records: readonly FaultRecord[]): Generator<Violation> {
  const healedAt = records.findIndex(({ kind }) => kind === "healed");
  const healed = records[healedAt];
  if (healed?.kind !== "healed") return;
  const invoked = new Set<string>();
  const answered = new Set<string>();
  for (const record of records.slice(healedAt)) {
    if (record.kind === "invoke") invoked.add(record.id);
    if (record.kind === "ok" && invoked.has(record.id)) answered.add(record.node);
  }
  for (const node of healed.nodes ?? []) {
    if (answered.has(node)) continue;
    yield { rule: "node_silent", text: `${node} has answered nothing after healing` };
  }
}
