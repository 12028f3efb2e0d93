import type { JSX } from "preact";
import { ActorLink } from "../parts/links.tsx";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** The actor's parent, children, links and watches. */
export const tiesSection: SectionDefinition = {
  title: "Family and links",
  applies: ({ row, view }) => {
    const { links, watches } = row.supervision;
    return row.parentId !== null || view.children.length + links.length + watches.length > 0;
  },
  Content: TiesSection,
};

function TiesSection({ row, view }: SectionProps): JSX.Element {
  const { links, watches } = row.supervision;
  const hidden = row.children - view.children.length;
  return (
    <>
      <Ties title="Parent" ids={row.parentId === null ? [] : [row.parentId]} />
      <Ties title={`Children (${row.children})`} ids={view.children} />
      {hidden > 0 ? <p class="faint">and {hidden} more</p> : null}
      <Ties title="Linked with" ids={links} />
      <Ties title="Watches" ids={watches} />
    </>
  );
}

interface TiesProps {
  readonly title: string;
  readonly ids: readonly string[];
}

function Ties({ title, ids }: TiesProps): JSX.Element | null {
  if (ids.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul class="chips">
        {ids.map((id) => (
          <li key={id}>
            <ActorLink id={id} />
          </li>
        ))}
      </ul>
    </>
  );
}
