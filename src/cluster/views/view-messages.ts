import { ClusterError, ErrorCode, errorType, toError } from "../../base/errors.ts";
import { errorMessage } from "../../base/foreign-value.ts";
import type { KeyOperation } from "../../monitor/keys/key-views.ts";
import type { ClusterMoveRow } from "../../wire/cluster.ts";
import { headersOf, MessageKind, requireHeaders } from "../codec/headers.ts";
import { formatJson, invalid, parseJson } from "../codec/json.ts";
import { integer, object, oneOf, plainObject, type Shape, text } from "../codec/shape.ts";
import type { BusMessage } from "../engine/bus.ts";
import { LIMITS } from "../protocol/limits.ts";
import { moveRows, type NodeFacts, nodeFacts } from "./node-facts.ts";

/*
 * Questions of viewers to nodes: subject `view.<node>`, or `view-all` for every node. They decide nothing: what a node
 * says of its actors is shown as it is, after a check of its size and depth.
 */

/** A key, as its type and the text of its parts. */
interface NamedKey {
  readonly type: string;
  readonly key: string;
}

/** What a node is asked. */
export type ViewQuestion =
  /** What it is, and its last moves; with `id` only those of one key. */
  | { readonly kind: "node"; readonly id?: string }
  /** No question: moves that the sender has decided. */
  | { readonly kind: "moves"; readonly moves: readonly ClusterMoveRow[] }
  | ({ readonly kind: "key" } & NamedKey)
  | ({ readonly kind: "connections"; readonly limit: number } & NamedKey)
  | { readonly kind: "operate"; readonly operation: KeyOperation };

/** What a node answers. `value` is JSON; `undefined` is absent. */
export type ViewAnswer =
  | { readonly kind: "node"; readonly node: NodeFacts; readonly moves: readonly ClusterMoveRow[] }
  | { readonly kind: "value"; readonly value?: unknown }
  | { readonly kind: "failed"; readonly code: string; readonly text: string };

const QUESTION_BYTES = 131_072;
/** Most engines take 1 MiB, with headers. */
const ANSWER_BYTES = 900_000;
const KEY_LENGTH = 6_200;
const NAME_LENGTH = 256;

const keyText = text(KEY_LENGTH, 1);
const type = text(LIMITS.idLength, 1);
const name = text(NAME_LENGTH, 1);

function exactly<Word extends string>(word: Word): Shape<Word> {
  return oneOf({ word });
}

const QUESTIONS: {
  readonly [Kind in ViewQuestion["kind"]]: Shape<Extract<ViewQuestion, { kind: Kind }>>;
} = {
  node: (value, path) => {
    const { id } = plainObject(value, path);
    return { kind: "node", ...(id === undefined ? {} : { id: keyText(id, `${path}.id`) }) };
  },
  moves: object<{ kind: "moves"; moves: readonly ClusterMoveRow[] }>({
    kind: exactly("moves"),
    moves: moveRows,
  }),
  key: object<{ kind: "key" } & NamedKey>({ kind: exactly("key"), type, key: keyText }),
  connections: object<{ kind: "connections"; limit: number } & NamedKey>({
    kind: exactly("connections"),
    type,
    key: keyText,
    limit: integer(1, 1_000),
  }),
  operate: (value, path) => ({
    kind: "operate",
    operation: operation(plainObject(value, path)["operation"], `${path}.operation`),
  }),
};

/** Fields of each operation besides the key. */
const DETAILS: Readonly<Record<KeyOperation["action"], readonly string[]>> = {
  wake: [],
  sleep: [],
  destroy: [],
  cancel_schedule: ["scheduleId"],
  run_schedule: ["scheduleId"],
  requeue: ["queue", "messageId"],
  close_connection: ["connectionId"],
};

function operation(value: unknown, path: string): KeyOperation {
  const given = plainObject(value, path);
  const action = given["action"];
  if (typeof action !== "string" || !Object.hasOwn(DETAILS, action)) {
    throw invalid(`${path}.action is not one of the known values`);
  }
  const fields = (DETAILS[action as KeyOperation["action"]] ?? []).map((field) => [
    field,
    name(given[field], `${path}.${field}`),
  ]);
  return {
    action,
    type: type(given["type"], `${path}.type`),
    key: keyText(given["key"], `${path}.key`),
    ...Object.fromEntries(fields),
  } as KeyOperation; // all fields of its action were checked
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` if it is too large */
export function questionMessage(question: ViewQuestion): BusMessage {
  return {
    headers: headersOf(MessageKind.View),
    body: formatJson("question", question, QUESTION_BYTES),
  };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION` */
export function readQuestion({ headers, body }: BusMessage): ViewQuestion {
  requireHeaders(headers, MessageKind.View);
  const parsed = parseJson("question", body, QUESTION_BYTES);
  const { kind } = plainObject(parsed, "question");
  if (typeof kind !== "string" || !Object.hasOwn(QUESTIONS, kind)) {
    throw invalid("question.kind is not one of the known values");
  }
  return QUESTIONS[kind as ViewQuestion["kind"]](parsed, "question");
}

/** An answer that is too large says so instead. */
export function viewAnswerMessage(answer: ViewAnswer): BusMessage {
  const headers = headersOf(MessageKind.ViewAnswer);
  try {
    return { headers, body: formatJson("answer", answer, ANSWER_BYTES) };
  } catch (error) {
    return { headers, body: formatJson("answer", failed(error), ANSWER_BYTES) };
  }
}

/** Returns the answer for a question that could not be answered. */
export function failed(error: unknown): ViewAnswer {
  return {
    kind: "failed",
    code: errorType(error),
    text: errorMessage(toError(error)).slice(0, LIMITS.textLength).toWellFormed(),
  };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION` */
export function readViewAnswer({ headers, body }: BusMessage): ViewAnswer {
  requireHeaders(headers, MessageKind.ViewAnswer);
  const parsed = plainObject(parseJson("answer", body, ANSWER_BYTES), "answer");
  switch (parsed["kind"]) {
    case "node":
      return {
        kind: "node",
        node: nodeFacts(parsed["node"], "answer.node"),
        moves: moveRows(parsed["moves"], "answer.moves"),
      };
    case "value":
      return { kind: "value", value: parsed["value"] };
    case "failed":
      return {
        kind: "failed",
        code: name(parsed["code"], "answer.code"),
        text: text(LIMITS.textLength)(parsed["text"], "answer.text"),
      };
  }
  throw invalid("answer.kind is not one of the known values");
}

/**
 * Returns the value of an answer.
 *
 * @throws ClusterError with the code of the node's error, if that is one of limelight; else `ERR_ENGINE_NO_REPLY`
 */
export function valueIn(answer: ViewAnswer): unknown {
  if (answer.kind === "value") return answer.value;
  if (answer.kind === "node") throw invalid("answer is that of another question");
  const known = Object.values(ErrorCode).find((code) => code === answer.code);
  throw new ClusterError(answer.text, { code: known ?? ErrorCode.EngineNoReply });
}
