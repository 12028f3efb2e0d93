import { nameMatcher } from "../wire/actor-names.ts";
import {
  Condition,
  conditionOf,
  type Findings,
  findingsOf,
  isProblem,
  severity,
} from "../wire/condition.ts";
import type { ActorEntry } from "./actor-entry.ts";
import type { SystemModel } from "./model.ts";

/**
 * Sort orders of actors. Equal actors stay in the order in which they were spawned. Ended actors come last,
 * except when sorting by state.
 */
export const SortKey = {
  /** In the order of creation, but with blocked actors first. */
  Spawned: "spawned",
  Actor: "actor",
  Type: "type",
  State: "state",
  Mailbox: "mailbox",
  Rate: "rate",
  Wait: "wait",
  Restarts: "restarts",
  Connections: "connections",
} as const;
export type SortKey = (typeof SortKey)[keyof typeof SortKey];

/** Layouts of the list of actors. */
export const Layout = { Tree: "tree", Flat: "flat", Types: "types" } as const;
export type Layout = (typeof Layout)[keyof typeof Layout];

/** Filter, order and layout of actors. */
export interface ActorQuery {
  /** Part of id, name or type; case is ignored. Empty for all. */
  readonly text: string;
  /** Empty for all. */
  readonly type: string;
  /** A condition, `problem` for all that need attention, or empty for all. */
  readonly condition: Condition | "problem" | "";
  readonly sort: SortKey;
  readonly descending: boolean;
  readonly layout: Layout;
  /** Whether all branches are folded except those in `foldExcept`. Otherwise only those are folded. */
  readonly foldAll: boolean;
  readonly foldExcept: readonly string[];
}

/** All actors as an unfolded tree. */
export const ALL_ACTORS: ActorQuery = {
  text: "",
  type: "",
  condition: "",
  sort: SortKey.Spawned,
  descending: false,
  layout: Layout.Tree,
  foldAll: false,
  foldExcept: [],
};

/** An actor as a line of the list. */
export interface EntryLine {
  readonly kind: "actor";
  readonly entry: ActorEntry;
  readonly condition: Condition;
  /** 0 at the top. */
  readonly level: number;
  readonly children: number;
  readonly open: boolean;
  /** Whether it is included only because a descendant matches the filter. */
  readonly context: boolean;
}

/** All actors of a type as a line of the list. */
interface GroupLine {
  readonly kind: "type";
  readonly type: string;
  readonly count: number;
  readonly depth: number;
  readonly rate: number;
  readonly restarts: number;
  readonly connections: number;
  readonly worst: Condition;
  readonly open: boolean;
}

/** One line of the list of actors. */
export type Line = EntryLine | GroupLine;

/** Lines of the given systems, and how many actors match the filter. */
export interface LineList {
  readonly lines: readonly Line[];
  readonly matching: number;
}

type Compare = (a: ActorEntry, b: ActorEntry) => number;

/** Returns the lines of `systems` that `query` selects. */
export function actorLines(systems: readonly SystemModel[], query: ActorQuery): LineList {
  return new LineMaker(systems, query).make();
}

class LineMaker {
  readonly #systems: readonly SystemModel[];
  readonly #query: ActorQuery;
  readonly #findings: Findings;
  readonly #except: ReadonlySet<string>;
  readonly #compare: Compare;
  readonly #lines: Line[] = [];

  constructor(systems: readonly SystemModel[], query: ActorQuery) {
    this.#systems = systems;
    this.#query = query;
    this.#findings = findingsOf(systems.map(({ state }) => state));
    this.#except = new Set(query.foldExcept);
    this.#compare = comparison(systems, this.#findings, query);
  }

  make(): LineList {
    const entries = this.#systems.flatMap((system) => [...system.entries.values()]);
    const wanted = matcher(this.#query, this.#findings);
    const matching = wanted === undefined ? entries : entries.filter(wanted);
    switch (this.#query.layout) {
      case Layout.Flat:
        for (const entry of this.#sorted(matching)) this.#addActor(entry, 0, [], false);
        break;
      case Layout.Types:
        this.#addTypes(matching);
        break;
      case Layout.Tree:
        this.#addTree(entries, wanted === undefined ? undefined : new Set(matching));
    }
    return { lines: this.#lines, matching: matching.length };
  }

  #find(id: string | null): ActorEntry | undefined {
    if (id === null) return undefined;
    for (const { entries } of this.#systems) {
      const entry = entries.get(id);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  #sorted(entries: ActorEntry[]): ActorEntry[] {
    return entries.sort(this.#compare);
  }

  #isOpen(key: string): boolean {
    return this.#query.foldAll === this.#except.has(key);
  }

  #addActor(
    entry: ActorEntry,
    level: number,
    children: readonly ActorEntry[],
    context: boolean,
  ): boolean {
    const open = children.length > 0 && this.#isOpen(entry.id);
    const condition = conditionOf(entry.row, this.#findings);
    this.#lines.push({
      kind: "actor",
      entry,
      condition,
      level,
      children: children.length,
      open,
      context,
    });
    return open;
  }

  #addTypes(entries: readonly ActorEntry[]): void {
    const groups = Map.groupBy(entries, ({ row }) => row.type);
    for (const [type, members] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const open = this.#isOpen(`type:${type}`);
      this.#lines.push(this.#typeLine(type, members, open));
      if (open) for (const entry of this.#sorted(members)) this.#addActor(entry, 1, [], false);
    }
  }

  #typeLine(type: string, members: readonly ActorEntry[], open: boolean): Line {
    let [depth, rate, restarts, connections] = [0, 0, 0, 0];
    let worst: Condition = Condition.Stopped;
    for (const { row, rate: own } of members) {
      depth += row.mailbox.depth;
      rate += own;
      restarts += row.supervision.restarts;
      connections += row.keyed?.connections ?? 0;
      const condition = conditionOf(row, this.#findings);
      if (severity(condition) > severity(worst)) worst = condition;
    }
    const sums = { count: members.length, depth, rate, restarts, connections };
    return { kind: "type", type, ...sums, worst, open };
  }

  /** @param matching the actors that match the filter; `undefined` without a filter */
  #addTree(entries: readonly ActorEntry[], matching: ReadonlySet<ActorEntry> | undefined): void {
    const find = (id: string | null): ActorEntry | undefined => this.#find(id);
    const shown = matching === undefined ? entries : withAncestors(matching, find);
    const tops: ActorEntry[] = [];
    const below = new Map<string, ActorEntry[]>();
    for (const entry of shown) {
      const { parentId } = entry.row;
      if (parentId === null || find(parentId) === undefined) tops.push(entry);
      else {
        const siblings = below.get(parentId);
        if (siblings === undefined) below.set(parentId, [entry]);
        else siblings.push(entry);
      }
    }
    this.#addBranch(tops, below, matching);
  }

  /** Adds a branch without recursion: supervision trees may be deeper than the call stack allows. */
  #addBranch(
    tops: ActorEntry[],
    below: ReadonlyMap<string, ActorEntry[]>,
    matching: ReadonlySet<ActorEntry> | undefined,
  ): void {
    const open = [{ siblings: this.#sorted(tops), next: 0 }];
    for (let branch = open.at(-1); branch !== undefined; branch = open.at(-1)) {
      const entry = branch.siblings[branch.next];
      branch.next += 1;
      if (entry === undefined) {
        open.pop();
        continue;
      }
      const children = below.get(entry.id) ?? [];
      const context = matching !== undefined && !matching.has(entry);
      const unfolded = this.#addActor(entry, open.length - 1, children, context);
      if (unfolded) open.push({ siblings: this.#sorted(children), next: 0 });
    }
  }
}

function withAncestors(
  matching: ReadonlySet<ActorEntry>,
  find: (id: string | null) => ActorEntry | undefined,
): ReadonlySet<ActorEntry> {
  const shown = new Set(matching);
  for (const entry of matching) {
    let parent = find(entry.row.parentId);
    while (parent !== undefined && !shown.has(parent)) {
      shown.add(parent);
      parent = find(parent.row.parentId);
    }
  }
  return shown;
}

/** Returns a predicate for the filter; `undefined` when all actors match. */
function matcher(
  { text, type, condition }: ActorQuery,
  findings: Findings,
): ((entry: ActorEntry) => boolean) | undefined {
  if (text.trim() === "" && type === "" && condition === "") return undefined;
  const hasName = nameMatcher(text);
  return ({ row }) => {
    if (type !== "" && row.type !== type) return false;
    if (!hasName(row)) return false;
    if (condition === "") return true;
    const own = conditionOf(row, findings);
    return condition === "problem" ? isProblem(own) : own === condition;
  };
}

function comparison(
  systems: readonly SystemModel[],
  findings: Findings,
  { sort, descending }: ActorQuery,
): Compare {
  const direction = descending ? -1 : 1;
  const compareRanks = byNumber((entry) => rank(entry, findings, sort));
  const compare = ascending(systems, findings, sort);
  return (a, b) => compareRanks(a, b) || direction * compare(a, b) || a.number - b.number;
}

function ascending(systems: readonly SystemModel[], findings: Findings, sort: SortKey): Compare {
  switch (sort) {
    case SortKey.Spawned:
      return (a, b) => a.number - b.number;
    case SortKey.Actor:
      return byText(({ sortKey }) => sortKey);
    case SortKey.Type:
      return byText(({ row }) => row.type);
    case SortKey.State:
      return byNumber(({ row }) => severity(conditionOf(row, findings)));
    case SortKey.Mailbox:
      return byNumber(({ row }) => row.mailbox.depth);
    case SortKey.Rate:
      return byNumber(({ rate }) => rate);
    case SortKey.Wait: {
      const types = new Map(systems.map((system) => [system.name, system.types]));
      return byNumber(({ system, row }) => types.get(system)?.get(row.type)?.waitP95Ms ?? -1);
    }
    case SortKey.Restarts:
      return byNumber(({ row }) => row.supervision.restarts);
    case SortKey.Connections:
      return byNumber(({ row }) => row.keyed?.connections ?? 0);
  }
}

/**
 * Returns a rank that takes precedence over the sort order. Ended actors come last: short-lived actors leave
 * many.
 */
function rank({ row }: ActorEntry, findings: Findings, sort: SortKey): number {
  if (sort === SortKey.State) return 0;
  if (row.stopped !== null) return 2;
  if (sort !== SortKey.Spawned) return 1;
  return findings.deadlocks.has(row.id) || findings.stuck.has(row.id) ? 0 : 1;
}

/** Compares by a number. Keys are computed once per entry, not once per comparison. */
function byNumber(key: (entry: ActorEntry) => number): Compare {
  const keys = new Map<ActorEntry, number>();
  const keyOf = (entry: ActorEntry): number => {
    let known = keys.get(entry);
    if (known === undefined) {
      known = key(entry);
      keys.set(entry, known);
    }
    return known;
  };
  return (a, b) => keyOf(a) - keyOf(b);
}

function byText(key: (entry: ActorEntry) => string): Compare {
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left === right) return 0;
    return left < right ? -1 : 1;
  };
}
