import type { NumberBounds } from "../base/options.ts";

/**
 * The variables of a process, read as OpenTelemetry's specification wants: blank means unset, and a value
 * that cannot be right is reported and ignored. Nothing here throws: bad telemetry settings must not keep
 * an application from starting.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ | Environment variables}
 */
export class Environment {
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #report: (problem: string) => void;

  constructor(
    variables: Readonly<Record<string, string | undefined>>,
    report: (problem: string) => void,
  ) {
    this.#variables = variables;
    // Traces and metrics read some variables one after the other.
    const reported = new Set<string>();
    this.#report = (problem) => {
      if (!reported.has(problem)) report(problem);
      reported.add(problem);
    };
  }

  /** The trimmed value, or `undefined` when the variable is unset or blank. */
  text(name: string): string | undefined {
    const value = this.#variables[name]?.trim();
    return value === "" ? undefined : value;
  }

  /** The first of `names` that is set. */
  firstOf(...names: string[]): string | undefined {
    for (const name of names) {
      const value = this.text(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Whether the variable says `1` or `true`; what is neither that nor `0` or `false` is reported. */
  flag(name: string): boolean {
    const text = this.text(name)?.toLowerCase() ?? "false";
    if (text === "1" || text === "true") return true;
    if (text !== "0" && text !== "false") {
      this.#report(`${name} must be true or false, not ${JSON.stringify(text)}: using false`);
    }
    return false;
  }

  /** The distinct entries of a comma-separated list, or `fallback` when there are none. */
  list(name: string, fallback: readonly string[]): readonly string[] {
    const entries = (this.text(name) ?? "").split(",").map((entry) => entry.trim());
    const distinct = [...new Set(entries)].filter((entry) => entry !== "");
    return distinct.length === 0 ? fallback : distinct;
  }

  /** The exporters a list names; `none` among them means no exporter at all. */
  exporters(name: string, fallback: string): readonly string[] {
    const names = this.list(name, [fallback]);
    return names.includes("none") ? [] : names;
  }

  /** A number within `bounds`; anything else is reported and becomes `fallback`. */
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

  /** Tells the user about a setting that cannot be followed, and what happens instead. */
  report(problem: string): void {
    this.#report(problem);
  }
}
