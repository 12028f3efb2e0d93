import type { JSX } from "preact";
import { durationText } from "../../viewer/format.ts";
import { valueText } from "../../viewer/log-buffer.ts";
import type { SpanRow } from "../../wire/answers.ts";
import { Fact, Facts } from "../parts/facts.tsx";
import { ActorLink, TraceLink } from "../parts/links.tsx";

/** All fields of a span. */
export function SpanFacts({ span }: { readonly span: SpanRow }): JSX.Element {
  const { name, kind, status, statusMessage, durationMs, waitedMs, attributes, links } = span;
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
        <Fact name="linked to">
          {links.length === 0
            ? null
            : links.map((link) => <TraceLink key={link.spanId} traceId={link.traceId} />)}
        </Fact>
        {Object.entries(attributes).map(([key, value]) => (
          <Fact key={key} name={key}>
            <AttributeValue name={key} value={value} />
          </Fact>
        ))}
      </Facts>
    </section>
  );
}

const ACTOR_IDS: readonly string[] = ["actor.id", "actor.sender.id"];
/** Measured values are not more precise. */
const DIGITS = 6;

interface AttributeValueProps {
  readonly name: string;
  readonly value: unknown;
}

function AttributeValue({ name, value }: AttributeValueProps): JSX.Element {
  if (typeof value === "string" && ACTOR_IDS.includes(name)) return <ActorLink id={value} />;
  const shown = typeof value === "number" ? Number(value.toPrecision(DIGITS)) : value;
  return <span class="mono">{valueText(shown)}</span>;
}
