/** Says what is wrong with a value, with the path to it; `null` when nothing is. */
export type Shape = (value: unknown, path: string) => string | null;

/** A string. */
export const text: Shape = (value, path) =>
  typeof value === "string" ? null : `${path} is no string`;

/** A finite number. */
export const number: Shape = (value, path) =>
  typeof value === "number" && Number.isFinite(value) ? null : `${path} is no number`;

/** True or false. */
export const flag: Shape = (value, path) =>
  typeof value === "boolean" ? null : `${path} is neither true nor false`;

/** An object with whatever in it. */
export const record: Shape = (value, path) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? null
    : `${path} is no object`;

/** `shape`, or `null`. */
export function nullable(shape: Shape): Shape {
  return (value, path) => (value === null ? null : shape(value, path));
}

/** `shape`, or nothing at all. */
export function optional(shape: Shape): Shape {
  return (value, path) => (value === undefined ? null : shape(value, path));
}

/** A list of `shape`. */
export function list(shape: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return `${path} is no list`;
    for (const [at, member] of value.entries()) {
      const problem = shape(member, `${path}[${at}]`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** An object with these fields; others may be there, too. */
export function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  const all = Object.entries(shapes);
  return (value, path) => {
    const problem = record(value, path);
    if (problem !== null) return problem;
    const members = new Map(Object.entries(value as object));
    for (const [key, shape] of all) {
      const wrong = shape(members.get(key), `${path}.${key}`);
      if (wrong !== null) return wrong;
    }
    return null;
  };
}
