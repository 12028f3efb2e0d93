import type { LogMessage, StoredMessage } from "../engine/log.ts";
import { messageId } from "../protocol/checkpoint.ts";
import { type Command, CommandKind, SignalName } from "../protocol/commands.ts";
import { LIMITS } from "../protocol/limits.ts";
import { commandSubject } from "../protocol/subjects.ts";
import type { ProtocolRange } from "../protocol/versions.ts";
import { checkpoint, reason } from "./fields.ts";
import { headersOf, MessageKind, requireHeaders, traceOf } from "./headers.ts";
import { formatJson, invalid, parseJson } from "./json.ts";
import { flag, json, jsonUpTo, object, oneOf, optional, type Shape, text, time } from "./shape.ts";

const fields: Shape<Command> = object<Command>({
  id: text(LIMITS.idLength, 1),
  checkpoint,
  kind: oneOf(CommandKind),
  issuedAtMs: time,
  expiresAtMs: time,
  signal: optional(oneOf(SignalName)),
  reason: optional(reason),
  data: optional(json),
  mustExist: optional(flag),
  traceparent: optional(text(LIMITS.textLength)),
  tracestate: optional(text(LIMITS.textLength)),
});

/** JSON of a signal. Small: many signals may wait in one record. */
export const signalData: Shape<unknown> = jsonUpTo(LIMITS.signalDataBytes);

/** A command on its own, as in an outbox. */
export const commandShape: Shape<Command> = (value, path) => {
  const command = fields(value, path);
  if ((command.kind === CommandKind.Signal) !== (command.signal !== undefined)) {
    throw invalid(`${path}.signal belongs to signals, and to each of them`);
  }
  if (command.kind === CommandKind.Signal && command.data !== undefined) {
    signalData(command.data, `${path}.data`);
  }
  if ((command.kind === CommandKind.Start) !== (command.checkpoint.index === 1)) {
    throw invalid(`${path} must be a start if it is the first of its generation, and only then`);
  }
  return command;
};

/**
 * Returns the message that stores a command in the log of a runner.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID` if it is too large or not one of the protocol
 */
export function commandMessage(runnerId: string, command: Command): LogMessage {
  const { traceparent, tracestate, ...body } = commandShape(command, "command");
  const trace = {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
  return {
    id: messageId("c", command.checkpoint),
    subject: commandSubject(runnerId, command.checkpoint.address),
    headers: headersOf(MessageKind.Command, { id: command.id, trace }),
    body: formatJson("command", body, LIMITS.commandBytes),
  };
}

/**
 * Returns the command of a stored message.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION`
 */
export function readCommand(
  { subject, headers, body }: Pick<StoredMessage, "subject" | "headers" | "body">,
  range?: ProtocolRange,
): Command {
  requireHeaders(headers, MessageKind.Command, range);
  const parsed = parseJson("command", body, LIMITS.commandBytes);
  const { traceparent: _one, tracestate: _other, ...command } = commandShape(parsed, "command");
  if (!subject.endsWith(`.${command.checkpoint.address}`)) {
    throw invalid("command is stored under the subject of another actor");
  }
  return { ...command, ...traceOf(headers) };
}
