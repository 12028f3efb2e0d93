import { inspect } from "node:util";
import type { RecordedSpan } from "./sdk-shapes.ts";

/** Properties without a setter of their own: what is written hides what the span would tell. */
const REPLACEABLE = [
  "events",
  "links",
  "startTime",
  "endTime",
  "duration",
  "resource",
  "instrumentationScope",
] as const;

/**
 * Has spans behave as if they had fields, which is what spans of the SDK have: processors replace some of them, and
 * people print them.
 */
export function openFields(prototype: RecordedSpan): void {
  for (const name of REPLACEABLE) {
    const property = Object.getOwnPropertyDescriptor(prototype, name);
    const set = function (this: RecordedSpan, value: unknown): void {
      Object.defineProperty(this, name, { value, writable: true, configurable: true });
    };
    Object.defineProperty(prototype, name, { ...property, set });
  }
  Object.defineProperty(prototype, inspect.custom, { value: view });
}

/** Returns what a reader of a span sees, since its fields are private. */
function view(this: RecordedSpan): object {
  const { name, kind, parentSpanContext, status, attributes, events, links, ended } = this;
  const { startTime, endTime } = this;
  const ids = { spanContext: this.spanContext(), parentSpanContext };
  return { name, kind, ...ids, startTime, endTime, status, attributes, events, links, ended };
}
