import { isRaw } from "./routes.ts";

/** A request target, split but not decoded. */
export interface Target {
  /** Segments below the base path, percent-encoded as they came. Empty for the base path itself. */
  readonly segments: readonly string[];
  /** After the `?`; `undefined` if there is none. */
  readonly query: string | undefined;
}

/** Why a target is not split. */
export const TargetFault = {
  /** It is not below the base path. */
  Elsewhere: "elsewhere",
  /** It could be read in more than one way. */
  Malformed: "malformed",
} as const;
export type TargetFault = (typeof TargetFault)[keyof typeof TargetFault];

/** Printable ASCII without `#` and `\`, `%` before two hexadecimal digits only. */
const PROPER = /^(?:[!"$&-[\]-~]|%[0-9A-Fa-f]{2})*$/;
const DOTS = /^(?:\.|%2e){1,2}$/i;

/**
 * Splits a request target. It is not normalised: a proxy in front must not have allowed another path than the one that is
 * used. Dot segments, empty segments, `\`, fragments and improper encodings are malformed.
 *
 * @param basePath such as `/api`, or empty
 */
export function splitTarget(target: string, basePath: string): Target | TargetFault {
  const asked = target.indexOf("?");
  const path = asked === -1 ? target : target.slice(0, asked);
  if (!path.startsWith(basePath) || path.charCodeAt(basePath.length) !== SLASH) {
    if (path === basePath && path !== "") return { segments: [], query: queryOf(target, asked) };
    return path.startsWith("/") ? TargetFault.Elsewhere : TargetFault.Malformed;
  }
  if (!PROPER.test(target)) return TargetFault.Malformed;
  const rest = path.slice(basePath.length + 1);
  if (rest === "") return { segments: [], query: queryOf(target, asked) };
  const segments = rest.split("/");
  if (!segments.every(isProper)) return TargetFault.Malformed;
  return { segments, query: queryOf(target, asked) };
}

const SLASH = 47;

function queryOf(target: string, asked: number): string | undefined {
  return asked === -1 ? undefined : target.slice(asked + 1);
}

function isProper(segment: string, at: number, all: readonly string[]): boolean {
  // A path that an actor reads itself may end with a slash.
  if (segment === "") return at === all.length - 1 && isRaw(all);
  return !isDots(segment);
}

function isDots(segment: string): boolean {
  return segment.length <= 6 && DOTS.test(segment);
}
