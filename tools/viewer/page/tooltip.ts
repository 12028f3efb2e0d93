import type uPlot from "uplot";

/** A line of what is shown beside the cursor. */
export interface Reading {
  readonly name: string;
  readonly color: string;
  readonly text: string;
  /** For the order: the largest first. */
  readonly size: number;
}

const MOST = 12;

/** Shows beside the cursor what `read` finds at its place in time; only on the plot that it is over. */
export function tooltip(read: (index: number) => readonly Reading[]): uPlot.Hooks.Arrays {
  const box = document.createElement("div");
  box.className = "tooltip";
  box.hidden = true;
  return {
    init: [({ over }) => over.append(box)],
    setCursor: [
      ({ cursor, over, data }) => {
        const { idx, left = -1 } = cursor;
        const time = data[0][idx ?? -1];
        box.hidden = time === undefined || left < 0 || !over.matches(":hover");
        if (box.hidden || time === undefined || typeof idx !== "number") return;
        const head = document.createElement("b");
        head.textContent = new Date(time * 1_000).toTimeString().slice(0, 8);
        const readings = read(idx).toSorted((a, b) => b.size - a.size);
        box.replaceChildren(head, ...readings.slice(0, MOST).map(line));
        const toTheLeft = left > over.clientWidth / 2;
        box.style.left = toTheLeft ? "" : `${left + 12}px`;
        box.style.right = toTheLeft ? `${over.clientWidth - left + 12}px` : "";
      },
    ],
  };
}

function line({ name, color, text }: Reading): HTMLElement {
  const row = document.createElement("div");
  const mark = document.createElement("i");
  const value = document.createElement("span");
  mark.style.background = color;
  value.textContent = text;
  row.append(mark, name, value);
  return row;
}
