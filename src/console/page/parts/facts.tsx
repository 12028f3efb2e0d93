import type { ComponentChildren, JSX } from "preact";

interface FactsProps {
  /** Name and value; those whose value is `null` are left out. */
  readonly facts: readonly (readonly [name: string, value: ComponentChildren])[];
}

/** Names and values, one below the other. */
export function Facts({ facts }: FactsProps): JSX.Element {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
