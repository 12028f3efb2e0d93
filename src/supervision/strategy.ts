/** Which children of an actor restart when one of them does, as in Erlang/OTP. */
export const SupervisionStrategy = {
  /** The failed one alone. */
  OneForOne: "one_for_one",
  /** All of them: they make sense only together. */
  OneForAll: "one_for_all",
  /** The failed one and those started after it, which may depend on it. */
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
