import { type Clock, KeepAlive } from "../../base/clock.ts";
import type { ClusterMoveRow } from "../../wire/cluster.ts";
import type { Bus } from "../engine/bus.ts";
import { VIEW_ALL_SUBJECT, viewSubject } from "../protocol/subjects.ts";
import type { NodeFacts } from "./node-facts.ts";
import { questionMessage, readViewAnswer, type ViewQuestion, valueIn } from "./view-messages.ts";

/** What a node has answered. */
export interface NodeAnswer {
  readonly node: NodeFacts;
  readonly moves: readonly ClusterMoveRow[];
  readonly answerMs: number;
}

/** How all nodes are asked. */
export interface AskAll {
  /** Id of a key, if only its moves are wanted. */
  readonly id?: string;
  /** How long answers are waited for at most. */
  readonly timeoutMs: number;
  /** Nodes that should answer. Once they have, only `graceMs` more are waited for others. */
  readonly expected: Promise<ReadonlySet<string>>;
}

/** For nodes that are not known yet, such as clients that have just joined. */
const GRACE_MS = 100;
/** Answers that are kept. */
const MAX_ANSWERS = 2_000;

/** Asks all nodes, and resolves with the answers that came in time, by node. Never rejects. */
export function askAllNodes(
  bus: Bus,
  clock: Clock,
  { id, timeoutMs, expected }: AskAll,
): Promise<ReadonlyMap<string, NodeAnswer>> {
  const answers = new Map<string, NodeAnswer>();
  const startedMs = clock.monotonicMs();
  return new Promise((resolve) => {
    let missing: Set<string> | undefined;
    const inbox = bus.inbox();
    const end = (): void => {
      subscription.stop();
      overall.cancel();
      grace?.cancel();
      resolve(answers);
    };
    let grace: { cancel(): void } | undefined;
    const checkAll = (): void => {
      if (missing === undefined || missing.size > 0 || grace !== undefined) return;
      grace = clock.schedule(end, GRACE_MS, KeepAlive.No);
    };
    const subscription = bus.subscribe(inbox, (message) => {
      const answer = readable(() => readViewAnswer(message));
      if (answer?.kind !== "node" || answers.size >= MAX_ANSWERS) return;
      const { node, moves } = answer;
      answers.set(node.id, { node, moves, answerMs: clock.monotonicMs() - startedMs });
      missing?.delete(node.id);
      checkAll();
    });
    const overall = clock.schedule(end, timeoutMs, KeepAlive.No);
    const question: ViewQuestion = { kind: "node", ...(id === undefined ? {} : { id }) };
    if (!bus.publish(VIEW_ALL_SUBJECT, questionMessage(question), inbox)) return end();
    expected.then(
      (nodes) => {
        missing = new Set([...nodes].filter((node) => !answers.has(node)));
        checkAll();
      },
      () => {}, // the reader of the records reports that; here all of the time is waited
    );
  });
}

/**
 * Asks one node.
 *
 * @throws ClusterError `ERR_ENGINE_NO_LISTENER`, `ERR_ENGINE_NO_REPLY`, `ERR_ENGINE_UNAVAILABLE`, or that of the node
 */
export async function askNode(
  bus: Bus,
  nodeId: string,
  question: ViewQuestion,
  timeoutMs: number,
): Promise<unknown> {
  const reply = await bus.request(viewSubject(nodeId), questionMessage(question), { timeoutMs });
  return valueIn(readViewAnswer(reply));
}

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined; // of another version: as if it had not answered
  }
}
