import type { ErrorCode } from "../../base/errors.ts";
import type { Owner } from "../records/record-keys.ts";

/** The input of a cell that stands for a keyed actor and is none: it handles no message. */
export class StandIn {}

/** Of a cell that refuses messages: why. */
export class Refusing extends StandIn {
  readonly code: ErrorCode;
  readonly text: string;

  constructor(code: ErrorCode, text: string) {
    super();
    this.code = code;
    this.text = text;
  }
}

/** Of a cell that stands for a key whose actor is not in this process. What it receives goes to the placement. */
export class Elsewhere extends StandIn {
  readonly owner: Owner;
  /** Given to `get`, for an actor that does not exist yet. */
  readonly input: unknown;
  /** Whether its messages are refused if there is no such actor. */
  readonly mustExist: boolean;

  constructor(owner: Owner, input: unknown, mustExist: boolean) {
    super();
    this.owner = owner;
    this.input = input;
    this.mustExist = mustExist;
  }
}
