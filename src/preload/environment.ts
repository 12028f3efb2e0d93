import type { NumberBounds } from "../base/options.ts";

/**
 * The environment variables of a process, read as OpenTelemetry's specification requires: a blank value means
 * unset, and an invalid value is reported and ignored.
 *
 * No method throws: invalid telemetry settings must not prevent an application from starting.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ |
 *   Environment variables}
 */
export class Environment {
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #report: (problem: string) => void;

  constructor(
    variables: Readonly<Record<string, string | undefined>>,
    report: (problem: string) => void,
  ) {
    this.#variables = variables;
    // Traces and metrics both read some variables; each problem is reported once.
    const reported = new Set<string>();
    this.#report = (problem) => {
      if (!reported.has(problem)) report(problem);
      reported.add(problem);
    };
  }

  /** Returns the trimmed value, or `undefined` when the variable is unset or blank. */
  text(name: string): string | undefined {
    const value = this.#variables[name]?.trim();
    return value === "" ? undefined : value;
  }

  /** Returns the value of the first of `names` that is set. */
  firstOf(...names: string[]): string | undefined {
    for (const name of names) {
      const value = this.text(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Returns whether the variable is `1` or `true`. Values other than these, `0` and `false` are reported. */
  flag(name: string): boolean {
    const text = this.text(name)?.toLowerCase() ?? "false";
    if (text === "1" || text === "true") return true;
    if (text !== "0" && text !== "false") {
      this.#report(`${name} must be true or false, not ${JSON.stringify(text)}: using false`);
    }
    return false;
  }

  /** Returns the distinct entries of a comma-separated list, or `fallback` when the list is empty. */
  list(name: string, fallback: readonly string[]): readonly string[] {
    const entries = (this.text(name) ?? "").split(",").map((entry) => entry.trim());
    const distinct = [...new Set(entries)].filter((entry) => entry !== "");
    return distinct.length === 0 ? fallback : distinct;
  }

  /** Returns the exporters in a list. If `none` is among them, there is no exporter. */
  exporters(name: string, fallback: string): readonly string[] {
    const names = this.list(name, [fallback]);
    return names.includes("none") ? [] : names;
  }

  /** Returns a number within `bounds`. Any other value is reported and replaced by `fallback`. */
  number(name: string, fallback: number, bounds: NumberBounds): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    const fits = value >= bounds.min && value <= bounds.max;
    if (fits && (bounds.integer !== true || Number.isInteger(value))) return value;
    const kind = bounds.integer === true ? "an integer" : "a number";
    this.#report(
      `${name} must be ${kind} from ${bounds.min} to ${bounds.max}, not ${JSON.stringify(text)}: using ${fallback}`,
    );
    return fallback;
  }

  /** Reports a setting that cannot be applied, and what happens instead. */
  report(problem: string): void {
    this.#report(problem);
  }
}
