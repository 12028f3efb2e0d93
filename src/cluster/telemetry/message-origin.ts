import { type Attributes, type Context, type Link, ROOT_CONTEXT } from "@opentelemetry/api";
import { spanFrom } from "../../activation/schedule/trace-parent.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import type { ClusterLog } from "../../telemetry/cluster-attributes.ts";
import { trace } from "../../telemetry/context/api.ts";

/** Where the span of a message of a log belongs. */
export interface MessageOrigin {
  readonly parent: Context;
  readonly links: Link[];
}

/** Links of one span: the default limit of SDKs. */
const MAX_LINKS = 128;

/**
 * Returns where the span of messages belongs that are handled together. With a first delivery, it goes on in the trace that has
 * caused the first message, and links to those of the others; with a repeated one it begins a trace that links to all.
 *
 * @param causes `traceparent` of each message
 * @param attempt how often the first of them was delivered
 * @see {@link https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ | batches and retries}
 */
export function originOf(causes: readonly (string | undefined)[], attempt: number): MessageOrigin {
  const spans = causes.slice(0, MAX_LINKS).flatMap((cause) => spanFrom(cause) ?? []);
  const [first, ...others] = spans;
  const isFollowed = attempt === 1 && first !== undefined;
  const linked = isFollowed ? others : spans;
  return {
    parent: isFollowed ? trace.setSpan(ROOT_CONTEXT, first) : ROOT_CONTEXT,
    links: linked.map((span) => ({ context: span.spanContext() })),
  };
}

/**
 * Returns the attributes of the span of a message that is taken from a log, by the conventions for messaging of
 * version 1.45, which are in development.
 *
 * @param engine name of the engine that has the log
 */
export function messagingAttributes(engine: string, log: ClusterLog): Attributes {
  return {
    [Attribute.MessagingSystem]: engine,
    [Attribute.MessagingOperation]: "process",
    [Attribute.MessagingOperationType]: "process",
    [Attribute.MessagingDestination]: log,
  };
}
