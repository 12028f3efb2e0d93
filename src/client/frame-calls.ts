import type {
  CallMessage,
  MessageOrigin,
  SendMessage,
  StoredReply,
} from "../wire/gateway-frames.ts";
import { waitMs } from "./backoff.ts";
import { type CallRequest, Sends } from "./sender.ts";

type Unnumbered = Omit<CallMessage, "c" | "i"> | Omit<SendMessage, "c" | "i">;

/** Returns the message of a call for which `leftMs` are left. */
export function messageOf({ sends, name, value }: CallRequest, leftMs: number): Unnumbered {
  const ms = waitMs(leftMs);
  switch (sends) {
    case Sends.Ask:
      return { t: "ask", m: name, a: value as readonly unknown[], ms };
    case Sends.Tell:
      return { t: "tell", m: name, a: value as readonly unknown[] };
    case Sends.Queued:
      return { t: "send", q: name, b: value ?? null };
    case Sends.QueuedAsk:
      return { t: "send", q: name, b: value ?? null, ms };
  }
}

/** Returns what a call resolves with from its reply. */
export function resultOf({ sends }: CallRequest, reply: unknown): unknown {
  switch (sends) {
    case Sends.Tell:
      return undefined;
    case Sends.Queued:
      return (reply as StoredReply | undefined)?.id;
    case Sends.Ask:
    case Sends.QueuedAsk:
      return reply;
  }
}

/** Returns the members of a message from the headers of its context. */
export function originOf(carrier: Readonly<Record<string, string>>): MessageOrigin {
  const { traceparent: tp, tracestate: ts, "x-request-id": rid } = carrier;
  // `undefined` is not written as JSON.
  return { tp, ts, rid } as MessageOrigin;
}
