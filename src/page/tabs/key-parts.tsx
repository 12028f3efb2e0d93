import type { JSX } from "preact";
import { clockText, durationText } from "../../viewer/format.ts";
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

const DAY_MS = 86_400_000;

/** Returns a moment that may be days away: its date if it is not within a day, and how far away it is. */
export function momentText(atMs: number, nowAtMs: number): string {
  const away = atMs - nowAtMs;
  const time = Math.abs(away) < DAY_MS ? clockText(atMs) : dateText(atMs);
  const distance = durationText(Math.abs(away));
  return away < 0 ? `${time}, ${distance} ago` : `${time}, in ${distance}`;
}

function dateText(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? "–" : date.toISOString().slice(0, 16).replace("T", " ");
}
