import type { JSX } from "preact";
import { useConsole } from "../state/console-context.ts";

/** The id of a key, which opens the key. */
export function KeyLink({ id }: { readonly id: string }): JSX.Element {
  const { controller } = useConsole();
  const type = id.slice(0, id.indexOf("/"));
  return (
    <button
      type="button"
      class="link mono"
      title={id}
      onClick={() => controller.openTab("keys", { type, key: id })}
    >
      {id}
    </button>
  );
}

/** The id of a runner, which opens the cluster. */
export function RunnerLink({ id }: { readonly id: string }): JSX.Element {
  const { controller } = useConsole();
  return (
    <button
      type="button"
      class="link mono"
      title={`runner ${id}`}
      onClick={() => controller.openTab("cluster", { runner: id })}
    >
      {id}
    </button>
  );
}
