/**
 * How serious a finding is.
 *
 * @enum
 */
export const Severity = {
  Ok: "ok",
  /** It works, but not as well or as safely as it could; or it could not be checked. */
  Warning: "warning",
  /** A cluster cannot use the server so, or would not be safe. */
  Problem: "problem",
} as const;
export type Severity = (typeof Severity)[keyof typeof Severity];

/** What was checked. */
export const Topic = {
  Connection: "connection",
  Version: "version",
  JetStream: "jetstream",
  Streams: "streams",
  Durability: "durability",
  Permissions: "permissions",
  Clock: "clock",
} as const;
export type Topic = (typeof Topic)[keyof typeof Topic];

/** One result of the examination of a server. */
export interface Finding {
  readonly topic: Topic;
  readonly severity: Severity;
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export function ok(topic: Topic, text: string): Finding {
  return { topic, severity: Severity.Ok, text };
}

export function warning(topic: Topic, text: string, remedy: string): Finding {
  return { topic, severity: Severity.Warning, text, remedy };
}

export function problem(topic: Topic, text: string, remedy: string): Finding {
  return { topic, severity: Severity.Problem, text, remedy };
}
