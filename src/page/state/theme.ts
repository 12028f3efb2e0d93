/** Light, dark, or as the system says. */
export type Theme = "auto" | "light" | "dark";

const KEY = "limelight.theme";
const NEXT: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };

/** What was chosen here before. */
export function savedTheme(): Theme {
  const saved = localStorage.getItem(KEY);
  return saved === "light" || saved === "dark" ? saved : "auto";
}

/** The one after `theme`. */
export function nextTheme(theme: Theme): Theme {
  return NEXT[theme];
}

/** Makes the page look so, now and the next time. */
export function applyTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
