import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { IconButton } from "./parts/controls.tsx";
import { useConsole } from "./state/console-context.ts";

const SHORTCUTS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["1", "…", "9", "0"], "open a tab"],
  [["/"], "focus the filter"],
  [["j"], "next line"],
  [["k"], "previous line"],
  [["Enter"], "open the line"],
  [["←", "→"], "fold, unfold"],
  [["p"], "pause or resume"],
  [["t"], "light, dark or system theme"],
  [["Esc"], "close the topmost panel"],
  [["?"], "show this list"],
];

/** The list of shortcuts. */
export function Help(): JSX.Element {
  const { controller } = useConsole();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-label="Keyboard shortcuts"
      onClose={() => controller.showHelp(false)}
    >
      <header>
        <h2>Keyboard</h2>
        <IconButton icon="close" label="Close (Esc)" onClick={() => controller.showHelp(false)} />
      </header>
      <dl>
        {SHORTCUTS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
