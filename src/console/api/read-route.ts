import type { QueryOf, QueryShape } from "./query.ts";
import type { Reads } from "./reads.ts";

/** A resource that can be read: a path over HTTP, and a tool in MCP. */
export interface ReadRoute {
  /** Path with placeholders in OpenAPI syntax. */
  readonly path: string;
  /** Name of the MCP tool and of the OpenAPI operation. */
  readonly name: string;
  readonly summary: string;
  readonly query: QueryShape;
  /** Whether a store is read, which may fail. */
  readonly stored?: true;
  /** Description of the path's placeholder, if it has one. */
  readonly id?: string;
  /** Name of the response's schema in the OpenAPI document. */
  readonly answer: string;
  /** Returns the response or a promise of it. */
  readonly read: (reads: Reads, query: QueryOf<QueryShape>, id: string) => unknown;
}

/** Defines a route. */
export function route<Shape extends QueryShape>(
  parts: Omit<ReadRoute, "query" | "read"> & {
    readonly query: Shape;
    readonly read: (reads: Reads, query: QueryOf<Shape>, id: string) => unknown;
  },
): ReadRoute {
  // Safe: `read` only receives a query that was parsed with its own shape.
  return parts as ReadRoute;
}
