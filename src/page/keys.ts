import { keyToGrid } from "./parts/grid-keys.ts";
import type { ConsoleController } from "./state/controller.ts";
import { TABS } from "./tabs/registry.ts";

/** Handles the global shortcuts. Returns a function that stops it. */
export function listenToKeys(controller: ConsoleController): () => void {
  const listener = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") (event.target as HTMLElement).blur();
      return;
    }
    if (act(event.key, controller, event.target)) event.preventDefault();
  };
  addEventListener("keydown", listener);
  return () => removeEventListener("keydown", listener);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== "range";
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

/** Performs the action of a key. Returns `false` if the key has none. */
function act(key: string, controller: ConsoleController, target: EventTarget | null): boolean {
  const tab = /^\d$/.test(key) ? TABS[(Number(key) + 9) % 10] : undefined;
  if (tab !== undefined) {
    controller.openTab(tab.id);
    return true;
  }
  switch (key) {
    case "?":
      controller.showHelp(true);
      return true;
    case "/":
      document.querySelector<HTMLElement>("[data-filter]")?.focus();
      return true;
    case "p":
      controller.togglePause();
      return true;
    case "t":
      controller.cycleTheme();
      return true;
    case "Escape":
      controller.closeTop();
      return true;
    case "j":
    case "k":
      return keyToGrid(key);
    case "Enter":
      return target === document.body && keyToGrid(key);
    default:
      return false;
  }
}
