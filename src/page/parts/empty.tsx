import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icon.tsx";

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly tone?: "calm" | "good" | "bad";
}

/** Placeholder for an empty list. Its tone says whether being empty is good. */
export function Empty({ icon, title, children, tone = "calm" }: EmptyProps): JSX.Element {
  return (
    <div class={`empty empty-${tone}`}>
      <span class="empty-icon">
        <Icon name={icon} />
      </span>
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <p class="empty-text">{children}</p>}
    </div>
  );
}
