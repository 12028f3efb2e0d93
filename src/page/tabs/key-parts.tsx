import type { JSX } from "preact";
import { Icon } from "../parts/icon.tsx";

/** Whether an actor is awake, as icon, word and colour. */
export function AwakeTag({ awake }: { readonly awake: boolean }): JSX.Element {
  return (
    <span class={awake ? "condition tone-work" : "condition"}>
      <Icon name={awake ? "busy" : "moon"} />
      {awake ? "awake" : "asleep"}
    </span>
  );
}
