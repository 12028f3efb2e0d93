import type { JSX } from "preact";
import { useConsole } from "../state/console-context.ts";

/** A name that opens its actor. */
export function ActorLink({
  id,
  text,
}: {
  readonly id: string;
  readonly text?: string;
}): JSX.Element {
  const { controller } = useConsole();
  return (
    <button type="button" class="link mono" title={id} onClick={() => controller.openActor(id)}>
      {text ?? id}
    </button>
  );
}

const SHOWN_DIGITS = 8;

/** The first digits of a trace id, which open the trace. */
export function TraceLink({
  traceId,
  text,
}: {
  readonly traceId: string;
  readonly text?: string;
}): JSX.Element {
  const { controller } = useConsole();
  return (
    <button
      type="button"
      class="link mono"
      title={`trace ${traceId}`}
      onClick={() => controller.openTrace(traceId)}
    >
      {text ?? traceId.slice(0, SHOWN_DIGITS)}
    </button>
  );
}
