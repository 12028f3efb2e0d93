/**
 * Which children of an actor restart when one of them fails, as in Erlang/OTP.
 *
 * @enum
 */
export const SupervisionStrategy = {
  /** Only the child that failed. */
  OneForOne: "one_for_one",
  /** All children, because they depend on each other. */
  OneForAll: "one_for_all",
  /** The child that failed and those started after it, which may depend on it. */
  RestForOne: "rest_for_one",
} as const;
export type SupervisionStrategy = (typeof SupervisionStrategy)[keyof typeof SupervisionStrategy];

/**
 * Which children restart with `failed`, itself included, oldest first.
 *
 * @param children all of them, oldest first; not asked for where the strategy does not need them
 */
export function restartSet<Child>(
  strategy: SupervisionStrategy,
  children: () => readonly Child[],
  failed: Child,
): readonly Child[] {
  switch (strategy) {
    case SupervisionStrategy.OneForOne:
      return [failed];
    case SupervisionStrategy.OneForAll:
      return children();
    case SupervisionStrategy.RestForOne: {
      const all = children();
      return all.slice(all.indexOf(failed));
    }
  }
}
