/** Writes a line about the node. Never throws. */
export type NodeLog = (
  level: "debug" | "info" | "warn" | "error",
  fields: object & { readonly event: string },
  text: string,
) => void;
