import type { ComponentChildren } from "preact";
import type { JSX } from "preact/jsx-runtime";

/** A link, or just what it would stand on when there is no address. */
export function Link(props: {
  readonly href: string | undefined;
  readonly title?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { href, title = "", children } = props;
  if (href === undefined) return <span title={title}>{children}</span>;
  return (
    <a href={href} title={title}>
      {children}
    </a>
  );
}
