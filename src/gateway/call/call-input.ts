import type { Sending } from "../../activation/access/actor-access.ts";
import type { ExposedType } from "../expose/expose.ts";
import type { Checked } from "../expose/schema-check.ts";
import { checkedOf } from "./refused.ts";

/**
 * Returns the input of a call, and whether the call may create its actor. A call without an input that the schema asks
 * for is not wrong: it reaches an actor that exists.
 *
 * @param given what the client has sent
 * @param checked the same, checked by the schema of the input
 * @throws `Refused` for an input that was sent and is invalid
 */
export function callInput(
  { create }: ExposedType,
  given: unknown,
  checked: Checked<unknown>,
  withMessages: boolean,
): Pick<Sending, "input" | "create"> {
  if (given === undefined && checked.issues !== undefined) return { create: false };
  return { input: checkedOf(checked, "`input`", withMessages), create };
}
