/**
 * Why a link was given up, as it is counted. Its clients come back, and get what they have missed or are told of it.
 *
 * @enum
 */
export const LinkFault = {
  /** The node takes less than is sent: events have left the feed of the actor, or too much else waits. */
  Behind: "link_behind",
  /** The engine took nothing for a while. */
  NotSent: "link_not_sent",
  /** The other end was not heard of. */
  Silent: "link_silent",
  /** A part is missing. */
  Incomplete: "link_incomplete",
  /** A part is none of the protocol, or was not allowed. */
  Invalid: "link_invalid",
  /** A request about a connection was not answered. */
  NoAnswer: "link_no_answer",
  /** The runner was lost. */
  RunnerLost: "link_runner_lost",
} as const;
export type LinkFault = (typeof LinkFault)[keyof typeof LinkFault];
