import type { Context, Span } from "@opentelemetry/api";
import type { ActorCell } from "../cell/cell.ts";
import { callerOf } from "../delivery/caller.ts";
import { type HookSpan, openHookSpan } from "./hooks.ts";

/**
 * The span of a start that a message has caused whose sender has no span. The message enters the mailbox after the start
 * has begun, so the first phase opens the span, in a later microtask.
 */
export class WakeSpan implements HookSpan {
  readonly base: Context;
  span: Span | undefined = undefined;
  owned = false;
  readonly #cell: ActorCell;

  constructor(cell: ActorCell, base: Context) {
    this.#cell = cell;
    this.base = base;
  }

  /** Returns whether the start of `cell`, whose caller has no span, is to be in the trace of its first message. */
  static isFor({ type }: ActorCell): boolean {
    const { system } = type;
    // Code of an actor has no span only if its message started no trace.
    return type.opensWakeSpan && system.tracing.active && callerOf(system) === undefined;
  }

  /** Opens the span: a child of the ask that waits, or the parent of the told message's handler. */
  open(): void {
    const message = this.#cell.oldest();
    const { tracing } = this.#cell.type.settings;
    const opened = openHookSpan(this.#cell, "start", this.base, message?.span, { tracing });
    this.span = opened.span;
    this.owned = opened.owned;
    if (message !== undefined) message.span ??= opened.span;
  }
}
