import type { Action } from "../../wire/answers.ts";
import type { DeadLetterAction } from "../../wire/cluster.ts";
import type { KeyAction } from "../../wire/keys.ts";

/* The tools of the Model Context Protocol that change something: one for each action. */

/** A JSON Schema. */
export type Schema = Record<string, unknown>;

/** A tool. `properties` are required. */
interface ActionTool {
  readonly action: (Action | KeyAction | DeadLetterAction)["action"];
  readonly description: string;
  readonly properties: Schema;
  readonly optional?: Schema;
}

const ID: Schema = { type: "string", description: "id of the actor" };
const KEY_ID: Schema = { type: "string", description: "id of the key: type/key" };
const SYSTEM: Schema = {
  system: { type: "string", description: "name of the system, if several have it" },
};

const ACTOR_TOOLS: readonly ActionTool[] = [
  {
    action: "stop",
    description: "Asks an actor to handle what is queued and end.",
    properties: { id: ID },
  },
  {
    action: "restart",
    description: "Gives an actor another life with fresh state; address and mailbox stay.",
    properties: { id: ID },
  },
  {
    action: "kill",
    description: "Ends an actor at once; what is queued becomes dead letters.",
    properties: { id: ID },
  },
  {
    action: "send",
    description: "Sends a message to an actor, without waiting for a reply.",
    properties: {
      id: ID,
      messageType: { type: "string", description: "name of the message" },
      args: { type: "array", items: {}, maxItems: 16, description: "its arguments" },
    },
  },
];

const KEY_TOOLS: readonly ActionTool[] = [
  {
    action: "wake",
    description: "Wakes a keyed actor; it goes to sleep again when it is idle.",
    properties: { id: KEY_ID },
  },
  {
    action: "sleep",
    description: "Asks a keyed actor to handle what is queued, store its state and go to sleep.",
    properties: { id: KEY_ID },
  },
  {
    action: "destroy",
    description: "Removes everything stored under a key. It cannot be undone.",
    properties: { id: KEY_ID },
  },
  {
    action: "cancel_schedule",
    description: "Removes a schedule of a key.",
    properties: { id: KEY_ID, scheduleId: { type: "string", description: "id of the schedule" } },
  },
  {
    action: "run_schedule",
    description: "Makes a schedule of a key due now; its actor is woken.",
    properties: { id: KEY_ID, scheduleId: { type: "string", description: "id of the schedule" } },
  },
  {
    action: "requeue",
    description: "Puts a message that was set aside back into its queue, without its attempts.",
    properties: {
      id: KEY_ID,
      queue: { type: "string", description: "name of the queue" },
      messageId: { type: "string", description: "id of the message" },
    },
  },
  {
    action: "close_connection",
    description: "Closes a connection of a key; its client is told, and does not reconnect.",
    properties: {
      id: KEY_ID,
      connectionId: { type: "string", description: "id of the connection" },
    },
  },
];

const LETTER_ID: Schema = { type: "string", description: "id of the dead letter" };

const DEAD_LETTER_TOOLS: readonly ActionTool[] = [
  {
    action: "resend_dead_letter",
    description: "Has a command or event of a cluster that became a dead letter handled once more.",
    properties: { id: LETTER_ID },
  },
  {
    action: "discard_dead_letter",
    description: "Deletes a dead letter of a cluster. It cannot be undone.",
    properties: { id: LETTER_ID },
  },
];

/** All tools that change something. */
export const ACTION_TOOLS: readonly ActionTool[] = [
  ...ACTOR_TOOLS,
  ...[...KEY_TOOLS, ...DEAD_LETTER_TOOLS].map((tool) => ({ ...tool, optional: SYSTEM })),
];
