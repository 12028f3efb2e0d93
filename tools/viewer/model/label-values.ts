/** A query variable's question: which values `label` has on the series of `selector`. */
export interface LabelValues {
  /** Empty for all series. */
  readonly selector: string;
  readonly label: string;
}

/** Reads `label_values(selector, label)` or `label_values(label)`; `undefined` for another query. */
export function parseLabelValues(query: string): LabelValues | undefined {
  const [, selector = "", label] =
    /^label_values\((?:(.+),)?\s*(\w+)\s*\)$/s.exec(query.trim()) ?? [];
  return label === undefined ? undefined : { selector: selector.trim(), label };
}
