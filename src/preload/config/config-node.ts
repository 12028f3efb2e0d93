/** What is wrong with one place of a configuration file. */
export interface ConfigProblem {
  /** Path of the key, as in `tracer_provider.processors[0].batch`. */
  readonly key: string;
  readonly reason: string;
}

/**
 * A map of a configuration file. Each key that is understood is read once; {@link end} reports all others, so
 * that no setting is ignored in silence.
 */
export class ConfigNode {
  readonly #path: string;
  readonly #entries: ReadonlyMap<string, unknown>;
  readonly #problems: ConfigProblem[];
  readonly #read = new Set<string>();

  /** @param problems the list that problems of this map and all below it are added to */
  constructor(value: unknown, problems: ConfigProblem[], path = "") {
    this.#path = path;
    this.#problems = problems;
    const valid = value === null || value === undefined || isMap(value);
    if (!valid) this.#complain(undefined, "must be a map of keys");
    this.#entries = new Map(isMap(value) ? Object.entries(value) : []);
  }

  /** Keys of the map, in the order of the file. */
  get keys(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Whether the map has the key, if only without a value. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Returns the map under `key`, or `undefined` when there is no such key. */
  map(key: string): ConfigNode | undefined {
    if (!this.has(key)) return undefined;
    return new ConfigNode(this.#take(key), this.#problems, this.#pathOf(key));
  }

  /** Returns the maps in the list under `key`. */
  maps(key: string): readonly ConfigNode[] {
    return this.#list(key).map(
      (item, at) => new ConfigNode(item, this.#problems, `${this.#pathOf(key)}[${at}]`),
    );
  }

  /** Returns the value under `key` as a text; numbers and flags as they are written. */
  text(key: string): string | undefined {
    const value = this.#take(key);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "object") return String(value);
    this.#complain(key, "must be a text");
    return undefined;
  }

  /** Returns the value under `key`, which must be one of `known`. */
  choice<Known extends string>(key: string, known: readonly Known[]): Known | undefined {
    const value = this.text(key);
    const found = known.find((each) => each === value);
    if (value === undefined || found !== undefined) return found;
    this.#complain(key, `must be one of ${known.join(", ")}, not ${JSON.stringify(value)}`);
    return undefined;
  }

  /** Returns the number under `key`. */
  number(key: string): number | undefined {
    const value = this.#take(key);
    if (value === undefined || value === null) return undefined;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.#complain(key, `must be a number, not ${shown(value)}`);
    return undefined;
  }

  /** Returns the flag under `key`. */
  flag(key: string): boolean | undefined {
    const value = this.#take(key);
    if (value === undefined || value === null || typeof value === "boolean")
      return value ?? undefined;
    this.#complain(key, `must be true or false, not ${shown(value)}`);
    return undefined;
  }

  /** Returns the text under `key`, which must be there. */
  required(key: string): string {
    const value = this.text(key);
    if (value === undefined) this.#complain(key, "is missing");
    return value ?? "";
  }

  /** Returns the map under `key`, which must be there. */
  requiredMap(key: string): ConfigNode | undefined {
    const node = this.map(key);
    if (node === undefined) this.#complain(key, "is missing");
    return node;
  }

  /** Returns the values of the list under `key`, as far as they are texts, numbers or flags. */
  texts(key: string): readonly string[] {
    return this.#list(key).flatMap((item) => {
      if (typeof item !== "object") return [String(item)];
      this.#complain(key, "must be a list of texts");
      return [];
    });
  }

  /** Returns the only key of the map, which must be one of `known`. */
  only<Known extends string>(known: readonly Known[]): Known | undefined {
    const { keys } = this;
    const found = known.find((each) => each === keys[0]);
    if (keys.length === 1 && found !== undefined) return found;
    if (keys.length !== 1) this.#complain(undefined, `must have one key: ${known.join(" or ")}`);
    // Otherwise `end` reports the key that is not known.
    return undefined;
  }

  /** Reports `key` as one whose value cannot be followed. */
  refuse(key: string, reason: string): void {
    this.#take(key);
    this.#complain(key, reason);
  }

  /** Reports all keys that have not been read. */
  end(): void {
    for (const key of this.#entries.keys()) {
      if (!this.#read.has(key)) this.#complain(key, "is not known to limelight/preload");
    }
  }

  #list(key: string): readonly unknown[] {
    const value = this.#take(key);
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value as unknown[];
    this.#complain(key, "must be a list");
    return [];
  }

  #take(key: string): unknown {
    this.#read.add(key);
    return this.#entries.get(key);
  }

  #complain(key: string | undefined, reason: string): void {
    const path = key === undefined ? this.#path : this.#pathOf(key);
    this.#problems.push({ key: path === "" ? "(the whole file)" : path, reason });
  }

  #pathOf(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns `value` as an error shows it. Lists and maps may contain themselves. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isMap(value)) return "a map";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
