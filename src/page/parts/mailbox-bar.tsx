import type { JSX } from "preact";
import { fillLevel } from "../../viewer/fill.ts";
import { countText } from "../../viewer/format.ts";

interface MailboxBarProps {
  readonly depth: number;
  readonly limit: number;
  readonly waitingSenders: number;
}

/** Depth and limit of a mailbox as text and bar. */
export function MailboxBar({ depth, limit, waitingSenders }: MailboxBarProps): JSX.Element {
  const share = limit > 0 ? Math.min(1, depth / limit) : 0;
  const blocked = waitingSenders > 0 ? `, ${waitingSenders} senders wait for room` : "";
  return (
    <span
      class={`mailbox mailbox-${fillLevel(share)}`}
      title={`${depth} of ${limit} messages${blocked}`}
    >
      <span class="mailbox-text">
        {countText(depth)}
        <span class="faint"> / {countText(limit)}</span>
      </span>
      <span class="meter" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  );
}
