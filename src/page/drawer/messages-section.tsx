import type { JSX } from "preact";
import { countText, durationText } from "../../viewer/format.ts";
import type { MessageRow } from "../../wire/snapshot.ts";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** Statistics of the type's messages. Counts are kept by type, so that their number stays bounded. */
export const messagesSection: SectionDefinition = {
  title: "Messages of its type",
  applies: ({ view }) => (view.type?.messages.length ?? 0) > 0,
  Content: MessagesSection,
};

function MessagesSection({ view }: SectionProps): JSX.Element {
  const messages = (view.type?.messages ?? []).toSorted((a, b) => b.handled - a.handled);
  return (
    <table class="plain tallies">
      <thead>
        <tr>
          <th scope="col">Message</th>
          <th scope="col" class="right">
            Handled
          </th>
          <th scope="col" class="right">
            Failed
          </th>
          <th scope="col" class="right" title="Time in the mailbox: median and 99th percentile">
            Wait p50 / p99
          </th>
          <th scope="col" class="right" title="Time in the handler: median and 99th percentile">
            Handler p50 / p99
          </th>
        </tr>
      </thead>
      <tbody>
        {messages.map((message) => (
          <Tally key={`${message.messageType} ${message.kind}`} message={message} />
        ))}
      </tbody>
    </table>
  );
}

function Tally({ message }: { readonly message: MessageRow }): JSX.Element {
  const { messageType, kind, handled, failed, wait, process } = message;
  return (
    <tr>
      <td>
        {messageType} <span class="faint">{kind}</span>
      </td>
      <td class="right">{countText(handled)}</td>
      <td class={failed > 0 ? "right bad" : "right faint"}>{countText(failed)}</td>
      <td class="right">
        {durationText(wait?.p50Ms)} <span class="faint">/ {durationText(wait?.p99Ms)}</span>
      </td>
      <td class="right">
        {durationText(process?.p50Ms)} <span class="faint">/ {durationText(process?.p99Ms)}</span>
      </td>
    </tr>
  );
}
