/** A line of the text format, as strictly as Prometheus takes it. */
const LINE =
  /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (?<value>NaN|[+-]Inf|-?[\d.]+(?:e[+-]\d+)?)$/;
const LABEL = /([a-zA-Z_]\w*)="(?:[^"\\]|\\.)*"/g;

/** Reads a page and notes what is wrong with it. */
class PageReader {
  readonly problems: string[] = [];
  readonly #types = new Map<string, string>();
  readonly #series = new Set<string>();
  #family = "";

  read(line: string): void {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === undefined) this.#readSample(line);
    else if (kind === "TYPE") {
      if (this.#types.has(name)) this.problems.push(`second TYPE of ${name}`);
      this.#types.set(name, rest);
      this.#family = name;
    }
  }

  #readSample(line: string): void {
    const { name = "", labels = "" } = LINE.exec(line)?.groups ?? {};
    if (name === "") this.problems.push(`not a line: ${line}`);
    const isHistogram = this.#types.get(this.#family) === "histogram";
    const family = isHistogram ? name.replace(/_(?:bucket|sum|count)$/, "") : name;
    if (family !== this.#family) this.problems.push(`${line} is in the family of ${this.#family}`);
    const names = [...labels.matchAll(LABEL)].map(([, label]) => label);
    if (new Set(names).size < names.length) this.problems.push(`a label twice: ${line}`);
    const series = line.slice(0, line.lastIndexOf(" "));
    if (this.#series.has(series)) this.problems.push(`a series twice: ${line}`);
    this.#series.add(series);
  }
}

/** What is wrong with a page of metrics in Prometheus' text format, line by line. */
export function problemsOfPage(page: string): readonly string[] {
  const reader = new PageReader();
  for (const line of page.trimEnd().split("\n")) reader.read(line);
  return reader.problems;
}
