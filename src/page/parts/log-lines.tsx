import type { JSX } from "preact";
import { levelName, preciseClockText } from "../../viewer/format.ts";
import { fieldsText } from "../../viewer/log-buffer.ts";
import type { LogRow } from "../../wire/answers.ts";
import { ActorLink } from "./links.tsx";

/** The level of a line, as a coloured word. */
export function LevelTag({ level }: { readonly level: number }): JSX.Element {
  const name = levelName(level);
  return <span class={`level level-${name}`}>{name}</span>;
}

/** A short list of log lines, rendered completely. */
export function LogLines({ lines }: { readonly lines: readonly LogRow[] }): JSX.Element {
  return (
    <ul class="log-lines">
      {lines.map(({ sequence, atMs, level, msg, fields, actorId }) => (
        <li key={sequence}>
          <span class="faint number">{preciseClockText(atMs)}</span>
          <LevelTag level={level} />
          <span class="log-text">
            {msg} <span class="faint">{fieldsText(fields)}</span>
          </span>
          {actorId === null ? null : <ActorLink id={actorId} />}
        </li>
      ))}
    </ul>
  );
}
