import type { Published } from "../../activation/access/event-feed.ts";

/** Names of events as JSON: there are few, and they are in each message. */
const names = new Map<string, string>();
const MAX_NAMES = 10_000;

/** Returns the message of a broadcast. `position` is the one after it. */
export function broadcastText(a: number, position: string, event: Published): string {
  return `{"t":"event","a":${a},"n":"${position}"${rest(event)}`;
}

/** Returns the message of an event to one connection, whose number there is `d`. */
export function directedText(c: number, d: number, event: Published): string {
  return `{"t":"event","c":${c},"d":${d}${rest(event)}`;
}

function rest({ event, body, traceparent }: Published): string {
  const value = body === undefined ? "" : `,"b":${body}`;
  const trace = traceparent === undefined ? "" : `,"tp":"${traceparent}"`;
  return `,"e":${nameText(event)}${value}${trace}}`;
}

function nameText(event: string): string {
  let text = names.get(event);
  if (text === undefined) {
    text = JSON.stringify(event);
    if (names.size < MAX_NAMES) names.set(event, text);
  }
  return text;
}
