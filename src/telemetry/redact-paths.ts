import type { redactOptions } from "pino";
import { REDACTED } from "./secret-keys.ts";

/** What takes the place of a value: nothing at all, or what `censor` makes of it. */
export interface Censorship {
  readonly remove: boolean;
  readonly censor: (value: unknown, path: readonly string[]) => unknown;
}

/** Keys of a path that lead on from a value, and what happens to values a path ends at. */
interface PathNode {
  readonly next: Map<string, PathNode>;
  any: PathNode | undefined;
  end: Censorship | undefined;
}

/** The places that all paths which led to a value have reached. */
export type PathPlaces = readonly PathNode[];

/** pino's option `redact`. */
export type RedactPaths = readonly string[] | redactOptions;

const ANY = "*";
/** One step of a path as pino writes it: `a`, `*`, `[0]`, `[*]`, `["x-y"]`. */
const STEP = /\["([^"]*)"\]|\['([^']*)'\]|\[`([^`]*)`\]|\[([^\]]*)\]|([^.[\]]+)/g;

function newNode(): PathNode {
  return { next: new Map(), any: undefined, end: undefined };
}

function stepsOf(path: string): string[] {
  const steps = path.matchAll(STEP);
  return [...steps].map(([, double, single, tick, index, name]) => {
    return double ?? single ?? tick ?? index ?? name ?? "";
  });
}

/** Censors what pino's `redact` names, beside the built-in list of secret keys. */
export class RedactionPaths {
  readonly #root: PathNode = newNode();
  /** Where a line's fields begin. */
  readonly start: PathPlaces = [this.#root];

  /** @param options pino's, each set with its own censor */
  constructor(options: readonly RedactPaths[]) {
    for (const option of options) this.#add(option);
  }

  #add(option: RedactPaths): void {
    const {
      paths,
      censor = REDACTED,
      remove = false,
    } = isList(option) ? { paths: option } : option;
    const replace = typeof censor === "function" ? censor : (): unknown => censor;
    const censorship: Censorship = {
      remove,
      censor: replace as Censorship["censor"],
    };
    if (!Array.isArray(paths)) return;
    for (const path of paths) {
      if (typeof path === "string") this.#addPath(stepsOf(path), censorship);
    }
  }

  #addPath(steps: readonly string[], end: Censorship): void {
    let node = this.#root;
    for (const step of steps) {
      const found: PathNode | undefined = step === ANY ? node.any : node.next.get(step);
      const next = found ?? newNode();
      if (step === ANY) node.any = next;
      else node.next.set(step, next);
      node = next;
    }
    if (steps.length > 0) node.end = end;
  }
}

function isList(option: RedactPaths): option is readonly string[] {
  return Array.isArray(option);
}

/** The places below `key`; `undefined` when no path leads there. */
export function pathsBelow(places: PathPlaces, key: string): PathPlaces | undefined {
  let below: PathNode[] | undefined;
  for (const { next, any } of places) {
    const named = next.get(key);
    if (named !== undefined) below = [...(below ?? []), named];
    if (any !== undefined) below = [...(below ?? []), any];
  }
  return below;
}

/** What a path that ends here wants done. */
export function censorshipAt(places: PathPlaces | undefined): Censorship | undefined {
  return places?.find(({ end }) => end !== undefined)?.end;
}
