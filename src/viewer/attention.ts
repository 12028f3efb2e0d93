import type { Deadlock } from "../wire/snapshot.ts";
import type { ConsoleView } from "./console-view.ts";

/** Everything that needs attention, in all systems, whichever is shown. */
export interface Attention {
  /** Each deadlock once, with the first system that reports it. */
  readonly deadlocks: readonly { readonly system: string; readonly deadlock: Deadlock }[];
  /** Warnings and stuck handlers of systems that are not shown. */
  readonly elsewhere: readonly { readonly system: string; readonly count: number }[];
  /** Number of warnings and stuck handlers in all systems. */
  readonly warnings: number;
}

/** Returns the findings that banners, badges and the list of warnings share, so that they are consistent. */
export function attentionOf({
  systems,
  system,
}: Pick<ConsoleView, "systems" | "system">): Attention {
  const shown = system?.system.name;
  const deadlocks = new Map<string, Attention["deadlocks"][number]>();
  const elsewhere: Attention["elsewhere"][number][] = [];
  let all = 0;
  for (const { name, deadlocks: found, stuck, warnings } of systems) {
    const count = stuck + warnings;
    all += count;
    if (name !== shown && count > 0) elsewhere.push({ system: name, count });
    for (const deadlock of found) {
      if (!deadlocks.has(deadlock.id)) deadlocks.set(deadlock.id, { system: name, deadlock });
    }
  }
  return { deadlocks: [...deadlocks.values()], elsewhere, warnings: all };
}
