import type { EngineSession } from "../../src/cluster/engine/engine.ts";

/** Calls of a session by part and method, such as `placements.put`. */
export class CountedCalls {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, this.of(name) + 1);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  clear(): void {
    this.#counts.clear();
  }
}

const PARTS = ["placements", "runners", "leases", "commands", "events", "bus"] as const;

/** Returns a session that counts what is asked of another one. */
export function countedSession(session: EngineSession, calls: CountedCalls): EngineSession {
  const parts: Partial<Record<keyof EngineSession, unknown>> = {};
  for (const part of PARTS) parts[part] = counted(session[part], part, calls);
  return Object.assign(Object.create(session), parts) as EngineSession;
}

function counted<Part extends object>(part: Part, name: string, calls: CountedCalls): Part {
  return new Proxy(part, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]) => {
        calls.add(`${name}.${String(property)}`);
        return value.apply(target, args);
      };
    },
  });
}
