import type { EventDefinition } from "../../../src/activation/definition/event-types.ts";
import type { Faceted, Facets } from "../../../src/activation/definition/facets.ts";

interface Messages {
  lines(c: never): string[];
  say(c: never, text: string): void;
}
type Room = Facets<
  Messages,
  unknown,
  { readonly said: EventDefinition<string> },
  { readonly name: string },
  undefined
>;

/** What the gateways of the tests expose. */
export type Actors = readonly [{ readonly type: "room" } & Faceted<Room>];
