import type { ExposedType } from "../expose/expose.ts";

/** How a name of an actor type is reached. */
export const OperationKind = { Ask: "ask", Tell: "tell", Queue: "queue" } as const;
export type OperationKind = (typeof OperationKind)[keyof typeof OperationKind];

/** One message or queue that can be reached by HTTP. */
export interface Operation {
  readonly kind: OperationKind;
  readonly exposed: ExposedType;
  readonly name: string;
  /** Path below the base path, with `{key}` for the key. */
  readonly path: string;
}

/**
 * Everything that can be reached, by type, kind and name as they are in a path.
 *
 * Paths are compared as they came and not decoded: a proxy that refuses `/audit` has to refuse `/%61udit` as well.
 */
export class Operations {
  readonly #all: Operation[] = [];
  /** By type, kind and name. */
  readonly #named = new Map<string, Readonly<Record<OperationKind, Map<string, Operation>>>>();
  readonly #raws = new Map<string, ExposedType>();

  constructor(actors: Iterable<ExposedType>) {
    for (const exposed of actors) {
      for (const name of exposed.calls.keys()) {
        this.#add(exposed, OperationKind.Ask, name);
        this.#add(exposed, OperationKind.Tell, name);
      }
      for (const name of exposed.queues.keys()) this.#add(exposed, OperationKind.Queue, name);
      if (exposed.requests.size > 0) this.#raws.set(encodeURIComponent(exposed.type), exposed);
    }
  }

  /** @param type segment of a path, as `name` */
  find(type: string, kind: OperationKind, name: string): Operation | undefined {
    return this.#named.get(type)?.[kind].get(name);
  }

  all(): Iterable<Operation> {
    return this.#all;
  }

  /** Returns a type that takes requests for `onRequest`. */
  findRaw(type: string): ExposedType | undefined {
    return this.#raws.get(type);
  }

  /** All types that take requests for `onRequest`. */
  raws(): Iterable<ExposedType> {
    return this.#raws.values();
  }

  /** Path of the requests for `onRequest` below the base path, with `{key}` and `{path}`. */
  rawPath({ type }: ExposedType): string {
    return `/actors/${encodeURIComponent(type)}/{key}/request/{path}`;
  }

  #add(exposed: ExposedType, kind: OperationKind, name: string): void {
    const type = encodeURIComponent(exposed.type);
    const segment = encodeURIComponent(name);
    const path = `/actors/${type}/{key}/${kind}/${segment}`;
    const kinds = this.#named.get(type) ?? { ask: new Map(), tell: new Map(), queue: new Map() };
    this.#named.set(type, kinds);
    const operation = { kind, exposed, name, path };
    kinds[kind].set(segment, operation);
    this.#all.push(operation);
  }
}
