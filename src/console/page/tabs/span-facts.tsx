import type { JSX } from "preact";
import { durationText } from "../../viewer/format.ts";
import { valueText } from "../../viewer/log-buffer.ts";
import type { SpanRow } from "../../wire.ts";
import { Facts } from "../parts/facts.tsx";
import { ActorLink, TraceLink } from "../parts/links.tsx";

/** All that is known of a span. */
export function SpanFacts({ span }: { readonly span: SpanRow }): JSX.Element {
  const { name, kind, status, statusMessage, durationMs, waitedMs, actorId, attributes, links } =
    span;
  return (
    <section class="span-facts" aria-label={`Span ${name}`}>
      <h3 class="section-title">{name}</h3>
      <Facts
        facts={[
          ["kind", kind],
          ["duration", durationText(durationMs)],
          ["waited in the mailbox", waitedMs === null ? null : durationText(waitedMs)],
          [
            "status",
            status === "error" ? <span class="bad">{statusMessage ?? "error"}</span> : status,
          ],
          ["actor", actorId === null ? null : <ActorLink id={actorId} />],
          [
            "linked to",
            links.length === 0
              ? null
              : links.map(({ traceId, spanId }) => <TraceLink key={spanId} traceId={traceId} />),
          ],
          ...Object.entries(attributes).map(
            ([key, value]) =>
              [
                key,
                <span key={key} class="mono">
                  {valueText(value)}
                </span>,
              ] as const,
          ),
        ]}
      />
    </section>
  );
}
