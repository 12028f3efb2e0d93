import type { JSX } from "preact";
import { durationText } from "../../viewer/format.ts";
import { valueText } from "../../viewer/log-buffer.ts";
import type { SpanRow } from "../../wire.ts";
import { Fact, Facts } from "../parts/facts.tsx";
import { ActorLink, TraceLink } from "../parts/links.tsx";

/** All that is known of a span. */
export function SpanFacts({ span }: { readonly span: SpanRow }): JSX.Element {
  const { name, kind, status, statusMessage, durationMs, waitedMs, actorId, attributes, links } =
    span;
  return (
    <section class="span-facts" aria-label={`Span ${name}`}>
      <h3 class="section-title">{name}</h3>
      <Facts>
        <Fact name="kind">{kind}</Fact>
        <Fact name="duration">{durationText(durationMs)}</Fact>
        <Fact name="waited in the mailbox">
          {waitedMs === null ? null : durationText(waitedMs)}
        </Fact>
        <Fact name="status">
          {status === "error" ? <span class="bad">{statusMessage ?? "error"}</span> : status}
        </Fact>
        <Fact name="actor">{actorId === null ? null : <ActorLink id={actorId} />}</Fact>
        <Fact name="linked to">
          {links.length === 0
            ? null
            : links.map((link) => <TraceLink key={link.spanId} traceId={link.traceId} />)}
        </Fact>
        {Object.entries(attributes).map(([key, value]) => (
          <Fact key={key} name={key}>
            <span class="mono">{valueText(value)}</span>
          </Fact>
        ))}
      </Facts>
    </section>
  );
}
