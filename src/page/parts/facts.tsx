import type { ComponentChildren, JSX } from "preact";

/** A list of names and values. */
export function Facts({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <dl class="facts">{children}</dl>;
}

interface FactProps {
  readonly name: string;
  /** `null` hides the entry. */
  readonly children: ComponentChildren;
}

/** An entry of {@link Facts}. */
export function Fact({ name, children }: FactProps): JSX.Element | null {
  if (children === null) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
