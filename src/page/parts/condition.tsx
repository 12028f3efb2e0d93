import type { JSX } from "preact";
import { Condition, conditionTone } from "../../wire/condition.ts";
import { Icon, type IconName } from "./icon.tsx";

const ICONS: Readonly<Record<Condition, IconName>> = {
  [Condition.Deadlock]: "deadlock",
  [Condition.Stuck]: "stuck",
  [Condition.Failed]: "failed",
  [Condition.Restarting]: "restarting",
  [Condition.Waiting]: "waiting",
  [Condition.Starting]: "starting",
  [Condition.Stopping]: "stopping",
  [Condition.Busy]: "busy",
  [Condition.Idle]: "idle",
  [Condition.Stopped]: "stopped",
};

/** The condition of an actor as icon, word and colour; never as colour alone. */
export function ConditionTag({ condition }: { readonly condition: Condition }): JSX.Element {
  return (
    <span class={`condition condition-${condition} tone-${conditionTone(condition)}`}>
      <Icon name={ICONS[condition]} />
      {condition}
    </span>
  );
}
