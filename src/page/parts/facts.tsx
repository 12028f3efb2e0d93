import type { ComponentChildren, JSX } from "preact";

/** Names and values, one below the other. */
export function Facts({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <dl class="facts">{children}</dl>;
}

interface FactProps {
  readonly name: string;
  /** `null`: there is nothing to say. */
  readonly children: ComponentChildren;
}

/** One of {@link Facts}. */
export function Fact({ name, children }: FactProps): JSX.Element | null {
  if (children === null) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
