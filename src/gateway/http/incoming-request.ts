import type { Caller } from "../../activation/definition/caller.ts";
import type { RequestSpan } from "../trace/server-span.ts";
import type { Exchange } from "./exchange.ts";
import type { Route } from "./routes.ts";

/** A request that is being answered. */
export interface IncomingRequest {
  readonly exchange: Exchange;
  readonly requestId: string;
  /** On the monotonic clock. */
  readonly startedMs: number;
  /** Whether the target could be split. */
  readonly isProper: boolean;
  /** `undefined` if no route matches. */
  readonly route: Route | undefined;
  /** Template of the route with the base path, for spans and metrics. */
  readonly template: string | undefined;
  readonly query: string | undefined;
  readonly span: RequestSpan;
  /** Value of `traceresponse`. */
  readonly trace: string | undefined;
  /** Address of the client, for limits; empty if it is not known. */
  readonly address: string;
  /** Set when it has been identified. */
  caller: Caller | undefined;
  /** Whether it is counted as being answered. */
  isCounted: boolean;
}
