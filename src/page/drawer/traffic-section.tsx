import type { JSX } from "preact";
import { countText, durationText, rateText } from "../../viewer/format.ts";
import { HISTORY_POINTS } from "../../viewer/history/tick-times.ts";
import { MailboxBar } from "../parts/mailbox-bar.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** Message rate, mailbox and waiting times. */
export const trafficSection: SectionDefinition = {
  title: "Traffic",
  applies: () => true,
  Content: TrafficSection,
};

const SPARK = { width: 168, height: 40, capacity: HISTORY_POINTS };

function TrafficSection({ row, view, nowAtMs }: SectionProps): JSX.Element {
  const { mailbox, messagesTaken } = row;
  return (
    <div class="traffic">
      <div>
        <h4>Messages per second</h4>
        <p class="figure">{rateText(view.rate)}</p>
        <Sparkline {...SPARK} points={view.rates} label="recent messages per second" />
        <p class="faint">{countText(messagesTaken)} so far</p>
      </div>
      <div>
        <h4>Mailbox</h4>
        <p class="figure">
          <MailboxBar
            depth={mailbox.depth}
            limit={mailbox.limit}
            waitingSenders={mailbox.waitingSenders}
          />
        </p>
        <Sparkline {...SPARK} points={view.depths} label="recent mailbox depth" tone="depth" />
        <p class="faint">
          {mailbox.oldestSentAtMs === null
            ? "empty"
            : `the oldest waits for ${durationText(nowAtMs - mailbox.oldestSentAtMs)}`}
          {mailbox.waitingSenders > 0 ? `, ${mailbox.waitingSenders} senders wait for room` : ""}
        </p>
      </div>
    </div>
  );
}
