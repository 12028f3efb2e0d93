import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icon.tsx";

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly tone?: "calm" | "good" | "bad";
}

/** What stands where there is nothing: that there is nothing, and whether that is well. */
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
