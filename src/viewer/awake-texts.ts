import type { AwakeRow } from "../wire/keys.ts";
import { AwakeReason } from "../wire/snapshot.ts";
import { countText, plural } from "./format.ts";

/** Describes one reason why an actor is awake, without its duration. */
export function awakeText({ reason, count, detail }: AwakeRow): string {
  const more = detail === null ? "" : `: ${detail}`;
  switch (reason) {
    case AwakeReason.Handling:
      return `handles a message${more}`;
    case AwakeReason.Hook:
      return `runs a hook${more}`;
    case AwakeReason.Mailbox:
      return count === 1 ? "a message waits" : `${countText(count)} messages wait`;
    case AwakeReason.Task:
      return `${plural(count, "task")}${more}`;
    case AwakeReason.Run:
      return "its run function is active";
    case AwakeReason.Timer:
      return plural(count, "timer");
    case AwakeReason.Child:
      return plural(count, "child", "children");
    case AwakeReason.KeepAwake:
      return `${plural(count, "promise")} given to keepAwake${more}`;
    case AwakeReason.Internal:
      return `${plural(count, "hold")} of the runtime${more}`;
    case AwakeReason.Reply:
      return `owes ${plural(count, "reply", "replies")}`;
    case AwakeReason.QueueMessage:
      return `${plural(count, "queue message")} not completed${more}`;
    case AwakeReason.Connection:
      return `${plural(count, "open connection")}`;
    case AwakeReason.HttpRequest:
      return `answers ${plural(count, "HTTP request")}`;
    case AwakeReason.Idle:
    case AwakeReason.Stopped:
      return reason;
  }
}
