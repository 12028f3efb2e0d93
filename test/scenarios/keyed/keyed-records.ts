import type { Stored } from "./keyed-cast.ts";

/** The stored records of one actor. */
export interface Records {
  readonly meta: Readonly<Record<string, number>>;
  readonly state: Stored;
  readonly schedules: ReadonlySet<string>;
  readonly jobs: readonly number[];
}

type Problem = (text: string) => void;

/**
 * Reads everything that is stored, and checks that the records of each actor agree, as those of one commit do.
 *
 * @param atEnd whether all due times have passed
 */
export function readRecords(
  texts: ReadonlyMap<string, string>,
  atEnd: boolean,
  problem: Problem,
): Map<string, Records> {
  const actors = new Map<string, Records>();
  const left = new Set(texts.keys());
  for (const name of texts.keys()) {
    if (!name.startsWith("m/")) continue;
    const key = name.slice(2);
    const records = readActor(key, texts, left, problem);
    if (records !== undefined) actors.set(key, records);
  }
  for (const key of left) {
    // A due time of queues may outlive its actor; it is removed when it is due.
    if (atEnd || !/^d\/\d+\/[^/]+\/[^/]+\/$/.test(key)) {
      problem(`${key} is stored and belongs to no actor`);
    }
  }
  return actors;
}

function readActor(
  key: string,
  texts: ReadonlyMap<string, string>,
  left: Set<string>,
  problem: Problem,
): Records | undefined {
  const read = (name: string): unknown => {
    left.delete(name);
    const text = texts.get(name);
    return text === undefined ? undefined : JSON.parse(text);
  };
  const meta = read(`m/${key}`) as Records["meta"];
  const state = read(`s/${key}`) as Stored | undefined;
  if (state === undefined) {
    problem(`${key} has a record and no state`);
    return undefined;
  }
  const { schedules, jobs } = readSections(key, texts, left, problem);
  const counted = {
    schedules: schedules.size,
    queued: jobs.length,
    stateBytes: Buffer.byteLength(texts.get(`s/${key}`) ?? ""),
    copy: state.marks.length + state.fired.length + state.done.length,
  };
  const stored = { ...meta, copy: (read(`v/${key}/copy`) ?? 0) as number };
  for (const [name, count] of Object.entries(counted)) {
    const found = (stored as Records["meta"])[name];
    if (found !== count) problem(`${key} has ${name} ${count} and counts ${found}`);
  }
  return { meta, state, schedules, jobs };
}

/** Takes the schedules and queue messages of an actor out of what is left. */
function readSections(
  key: string,
  texts: ReadonlyMap<string, string>,
  left: Set<string>,
  problem: Problem,
): { readonly schedules: Set<string>; readonly jobs: number[] } {
  const schedules = new Set<string>();
  const jobs: number[] = [];
  const own = (name: string): boolean => name.slice(2).startsWith(`${key}/`);
  for (const name of [...left].filter(own)) {
    const text = texts.get(name) ?? "";
    if (name.startsWith("t/")) {
      const id = name.slice(`t/${key}/`.length);
      const { dueAtMs } = JSON.parse(text) as { readonly dueAtMs: number };
      const index = `d/${String(dueAtMs).padStart(16, "0")}/${key}/${id}`;
      if (!left.delete(index)) problem(`schedule ${id} of ${key} has no due time`);
      schedules.add(id);
      left.delete(name);
    } else if (name.startsWith("q/")) {
      jobs.push(Number(/\\?"op\\?":(\d+)/.exec(text)?.[1]));
      left.delete(name);
    }
  }
  // The due times of its queues.
  for (const name of [...left]) {
    if (name.startsWith("d/") && name.slice(19) === `${key}/`) left.delete(name);
  }
  return { schedules, jobs };
}
