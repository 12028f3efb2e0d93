import type { JSX } from "preact/jsx-runtime";
import { Link } from "./link.tsx";

/** Names and values; a trace's id leads to the trace. */
export function Fields(props: {
  readonly fields: Readonly<Record<string, string>>;
  readonly traceLink: (id: string) => string | undefined;
}): JSX.Element {
  const { fields, traceLink } = props;
  return (
    <dl class="fields">
      {Object.entries(fields)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>
              {/trace_?id$/i.test(key) ? <Link href={traceLink(value)}>{value}</Link> : value}
            </dd>
          </div>
        ))}
    </dl>
  );
}
