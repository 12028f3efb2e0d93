/** Fields of a line. */
interface NodeFields {
  /** A constant name. */
  readonly event: string;
  readonly [name: string]: unknown;
}

/** Writes a line about the node. Never throws. */
export type NodeLog = (
  level: "debug" | "info" | "warn" | "error",
  fields: NodeFields,
  text: string,
) => void;
