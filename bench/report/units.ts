/** Numbers as people read them: three digits that mean something, and a unit. */

export function rate(perSecond: number): string {
  if (perSecond >= 1e6) return `${digits(perSecond / 1e6)} M/s`;
  if (perSecond >= 1e3) return `${digits(perSecond / 1e3)} k/s`;
  return `${digits(perSecond)} /s`;
}

export function duration(ns: number): string {
  if (ns >= 1e6) return `${digits(ns / 1e6)} ms`;
  if (ns >= 1e4) return `${digits(ns / 1e3)} µs`;
  return `${Math.round(ns)} ns`;
}

export function ratio(value: number): string {
  if (value >= 10) return value.toFixed(1);
  if (value >= 0.0995) return value.toFixed(2);
  return value >= 0.001 ? value.toPrecision(2) : value.toExponential(0);
}

function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
