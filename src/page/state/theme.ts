/** Light, dark, or the operating system's setting. */
export type Theme = "auto" | "light" | "dark";

const KEY = "limelight.theme";
const NEXT: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };

/** Returns the theme saved in this browser. */
export function savedTheme(): Theme {
  const saved = localStorage.getItem(KEY);
  return saved === "light" || saved === "dark" ? saved : "auto";
}

/** Returns the theme after `theme`. */
export function nextTheme(theme: Theme): Theme {
  return NEXT[theme];
}

/** Applies and saves a theme. */
export function applyTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
