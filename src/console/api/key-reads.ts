import { errorType, LimelightError, UsageError } from "../../base/errors.ts";
import { errorMessage, isInstance } from "../../base/foreign-value.ts";
import { Refusal } from "../../http/refusal.ts";
import type {
  ConnectionList,
  KeyDetail,
  KeyedTypeRow,
  KeyList,
  StartupRow,
} from "../../wire/keys.ts";
import type { ConsoleSettings } from "../console-options.ts";
import type { Sources } from "../events/sources.ts";
import { ProblemCode } from "../problem.ts";
import type { Redaction } from "../record/redaction.ts";
import { readKeyId, toKeyText } from "./key-id.ts";

const NO_KEY = "nothing is stored under this key";

/** Sources of the answers. */
export interface KeyReadsParts {
  readonly settings: Pick<ConsoleSettings, "showState">;
  readonly sources: Sources;
  readonly redaction: Redaction;
}

/** Filter for keys. Omitted fields match everything. */
export interface KeysQuery {
  readonly type: string;
  readonly system?: string | undefined;
  readonly prefix?: string | undefined;
  readonly state?: "awake" | "asleep" | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Answers requests about keyed actors. None of them wakes an actor or keeps it awake. */
export class KeyReads {
  readonly #parts: KeyReadsParts;

  constructor(parts: KeyReadsParts) {
    this.#parts = parts;
  }

  /** @throws {@link Refusal} 503 when a store does not answer */
  async types(): Promise<{ readonly types: readonly KeyedTypeRow[] }> {
    const all = this.#parts.sources.keyed().map(async ({ label, views }) => {
      const types = await ofStore(() => views.types());
      return types.map((row) => ({ ...row, system: label }));
    });
    return { types: (await Promise.all(all)).flat() };
  }

  /** @throws {@link Refusal} 400 for an invalid cursor, 503 when the store does not answer */
  async list({ type, system, prefix, state, cursor, limit }: KeysQuery): Promise<KeyList> {
    const source = this.#parts.sources.ofKeys(type, system);
    if (source === undefined) return { keys: [], cursor: null };
    const query = { type, prefix: toKeyText(prefix ?? ""), state, cursor, limit };
    const page = await ofStore(() => source.views.list(query));
    return {
      keys: page.keys.map((row) => ({ ...row, system: source.label })),
      cursor: page.cursor ?? null,
    };
  }

  /** @throws {@link Refusal} 404 when nothing is stored under the key, 503 when the store does not answer */
  async read(id: string, system: string | undefined): Promise<KeyDetail> {
    const { type, key } = readKeyId(id);
    const { settings, sources, redaction } = this.#parts;
    const source = sources.ofKeys(type, system);
    const found = await ofStore(async () => await source?.views.read(type, key));
    if (source === undefined || found === undefined) {
      throw new Refusal(ProblemCode.NotFound, NO_KEY);
    }
    const { state, key: row, ...rest } = found;
    return {
      ...rest,
      key: { ...row, system: source.label },
      ...(settings.showState && state !== undefined ? { state: redaction.view(state.value) } : {}),
    };
  }

  /** @throws {@link Refusal} 404 when nothing is stored under the key, 503 when the store does not answer */
  async connections(
    id: string,
    { system, limit }: { readonly system?: string | undefined; readonly limit: number },
  ): Promise<ConnectionList> {
    const { type, key } = readKeyId(id);
    const { sources, redaction } = this.#parts;
    const source = sources.ofKeys(type, system);
    const found = await ofStore(async () => await source?.views.connections(type, key, limit));
    if (found === undefined) throw new Refusal(ProblemCode.NotFound, NO_KEY);
    const rows = found.connections.map((row) => {
      return { ...row, callerId: row.callerId === null ? null : redaction.text(row.callerId) };
    });
    return { total: found.total, connections: rows };
  }

  /** Returns the start of a keyed actor in memory. */
  startOf(actorId: string): StartupRow | undefined {
    for (const { views } of this.#parts.sources.keyed()) {
      const start = views.startOf(actorId);
      if (start !== undefined) return start;
    }
    return undefined;
  }
}

/** Runs a read of a store or an engine. Its error becomes a refusal. */
export async function ofStore<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!LimelightError.is(error)) throw error;
    const code = isInstance(error, UsageError) ? ProblemCode.BadRequest : ProblemCode.Store;
    throw new Refusal(code, `${errorType(error)}: ${errorMessage(error)}`, { cause: error });
  }
}
