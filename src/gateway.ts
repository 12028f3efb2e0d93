import "./base/require-node.ts";

export { type Exposed, expose } from "./gateway/expose/expose.ts";
export type {
  Access,
  AccessKind,
  CallInput,
  ExposeOptions,
  RequestMethod,
  SendInput,
} from "./gateway/expose/expose-options.ts";
export type {
  SchemaIssue,
  SchemaResult,
  StandardSchema,
} from "./gateway/expose/standard-schema.ts";
export { unchecked } from "./gateway/expose/unchecked.ts";
