import type { Directive } from "../../src/index.ts";
import { EndError, PARTS, type Part, type World } from "./ends-world.ts";

/** One way of ending one actor or all of them. */
export interface Way {
  readonly name: string;
  /** The parts that do not survive it. */
  readonly ends: readonly Part[];
  /** Whether it throws into the code that called the callback. */
  readonly throws: boolean;
  readonly directive?: Directive;
  readonly end: (world: World) => void;
}

/** The target and everything below it. */
const FAMILY: Readonly<Record<Part, readonly Part[]>> = {
  parent: ["parent", "elder", "subject", "younger", "child"],
  subject: ["subject", "child"],
  elder: ["elder"],
  younger: ["younger"],
  child: ["child"],
  stranger: ["stranger"],
};

const TARGETS: readonly Part[] = ["subject", "parent", "elder", "younger", "child"];

function below(target: Part): readonly Part[] {
  return FAMILY[target].filter((part) => part !== target);
}

function waysFor(target: Part): Way[] {
  return [
    {
      name: `stops ${target}`,
      ends: FAMILY[target],
      throws: false,
      end: (world) => world.track(world.part(target)?.stop()),
    },
    {
      name: `kills ${target}`,
      ends: FAMILY[target],
      throws: false,
      end: (world) => world.part(target)?.kill(),
    },
    {
      name: `restarts ${target}`,
      ends: below(target),
      throws: false,
      end: (world) => world.restart(target),
    },
  ];
}

function throwing(directive: Directive, ends: readonly Part[]): Way {
  return {
    name: `throws, and the directive is ${directive}`,
    ends,
    throws: true,
    directive,
    end: () => {
      throw new EndError("thrown by the callback");
    },
  };
}

/** Ways that are left out because another target shows the same. */
const REDUNDANT = [
  "restarts elder",
  "restarts younger",
  "stops younger",
  "stops child",
  "restarts child",
];

/** All ways of ending. A failure that escalates restarts the parent, which ends all its children. */
export const WAYS: readonly Way[] = [
  ...TARGETS.flatMap(waysFor).filter(({ name }) => !REDUNDANT.includes(name)),
  throwing("resume", []),
  throwing("restart", ["child"]),
  throwing("stop", ["subject", "child"]),
  throwing(
    "escalate",
    FAMILY.parent.filter((part) => part !== "parent"),
  ),
  {
    name: "shuts the system down",
    ends: PARTS,
    throws: false,
    end: (world) => {
      world.shuttingDown = true;
      world.track(world.system.shutdown());
    },
  },
];
