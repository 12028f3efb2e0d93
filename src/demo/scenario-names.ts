/** What goes wrong in the demo besides payments. */
export const DemoScenario = {
  /** Nothing. */
  Orders: "orders",
  /** Two branches of the bank transfer money to each other at the same time. */
  Deadlock: "deadlock",
  /** A lorry does not answer, and the handler that asked for it is stuck. */
  Stuck: "stuck",
} as const;
export type DemoScenario = (typeof DemoScenario)[keyof typeof DemoScenario];
