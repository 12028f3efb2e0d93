import type { redactOptions } from "pino";
import { REDACTED } from "./secret-keys.ts";

/** How a value is replaced: removed, or replaced by the result of `censor`. */
export interface Censorship {
  readonly remove: boolean;
  readonly censor: (value: unknown, path: readonly string[]) => unknown;
}

/**
 * One position in the redaction paths: the keys that follow, and how values are replaced at the end of a
 * path.
 */
interface PathNode {
  readonly next: Map<string, PathNode>;
  any: PathNode | undefined;
  end: Censorship | undefined;
}

/** Positions that the paths matching a value so far have reached. */
export type PathPlaces = readonly PathNode[];

/** pino's option `redact`. */
export type RedactPaths = readonly string[] | redactOptions;

const ANY = "*";
/** One step of a path in pino's syntax: `a`, `*`, `[0]`, `[*]`, `["x-y"]`. */
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

/** Censors the paths of pino's `redact`, in addition to the built-in list of secret keys. */
export class RedactionPaths {
  readonly #root: PathNode = newNode();
  /** Position at which the fields of a line begin. */
  readonly start: PathPlaces = [this.#root];

  /** @param options pino's `redact` options, each with its own censor */
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

/** Returns the positions below `key`, or `undefined` when no path leads there. */
export function pathsBelow(places: PathPlaces, key: string): PathPlaces | undefined {
  let below: PathNode[] | undefined;
  for (const { next, any } of places) {
    const named = next.get(key);
    if (named !== undefined) below = [...(below ?? []), named];
    if (any !== undefined) below = [...(below ?? []), any];
  }
  return below;
}

/** Returns how the value at these positions is replaced, if a path ends here. */
export function censorshipAt(places: PathPlaces | undefined): Censorship | undefined {
  return places?.find(({ end }) => end !== undefined)?.end;
}
