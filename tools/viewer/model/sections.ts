import type { PanelJson } from "./dashboard-json.ts";

/** A row's heading and the panels below it, until the next. */
export interface Section {
  /** Empty for panels above the first heading. */
  readonly title: string;
  /** Their `y` counts from the first line below the heading. */
  readonly panels: readonly PanelJson[];
}

/** A dashboard's panels by row, from top to bottom. */
export function sectionsOf(panels: readonly PanelJson[]): Section[] {
  const sections: { title: string; top: number; panels: PanelJson[] }[] = [];
  const inOrder = panels.toSorted((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  for (const panel of inOrder) {
    const { y, h } = panel.gridPos;
    if (panel.type === "row") {
      sections.push({ title: panel.title ?? "", top: y + h, panels: [] });
      continue;
    }
    if (sections.length === 0) sections.push({ title: "", top: 0, panels: [] });
    const section = sections.at(-1);
    section?.panels.push({ ...panel, gridPos: { ...panel.gridPos, y: y - section.top } });
  }
  return sections.map(({ title, panels: own }) => ({ title, panels: own }));
}
