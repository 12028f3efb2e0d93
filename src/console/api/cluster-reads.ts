import { Refusal } from "../../http/refusal.ts";
import { type ClusterViews, clusterViewsOf } from "../../monitor/cluster/cluster-views.ts";
import type {
  ClusterDeadLetters,
  Clusters,
  PlacementDetail,
  PlacementList,
} from "../../wire/cluster.ts";
import type { Source, Sources } from "../events/sources.ts";
import { ProblemCode } from "../problem.ts";
import { readKeyId, toKeyText } from "./key-id.ts";
import { ofStore } from "./key-reads.ts";

/** A system of a cluster. */
interface ClusterSource extends Source {
  readonly views: ClusterViews;
}

/** Filter for placements. Omitted fields match everything. */
export interface PlacementsQuery {
  readonly system?: string | undefined;
  readonly type?: string | undefined;
  readonly prefix?: string | undefined;
  readonly status?: string | undefined;
  readonly runner?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Answers requests about the clusters that systems belong to. None of them wakes an actor. */
export class ClusterReads {
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  async overview(): Promise<Clusters> {
    const all = clustersOf(this.#sources).map(async ({ label, views }) => {
      return { system: label, ...(await views.overview()) };
    });
    return { clusters: await Promise.all(all) };
  }

  /** @throws {@link Refusal} 400 for an invalid cursor, 503 when the engine does not answer */
  async placements(query: PlacementsQuery): Promise<PlacementList> {
    const source = clusterOf(this.#sources, query.system);
    if (source === undefined) return { placements: [], cursor: null };
    const { type, prefix = "", status, runner: runnerId, cursor, limit } = query;
    const wanted = { type, prefix: toKeyText(prefix), status, runnerId, cursor, limit };
    const page = await ofStore(() => source.views.placements(wanted));
    return {
      placements: page.placements.map((row) => ({ system: source.label, ...row })),
      cursor: page.cursor ?? null,
    };
  }

  /** @throws {@link Refusal} 404 when the key has no placement, 503 when the engine does not answer */
  async placement(id: string, system: string | undefined): Promise<PlacementDetail> {
    const { type, key } = readKeyId(id);
    const source = clusterOf(this.#sources, system);
    const found = await ofStore(async () => await source?.views.placement(type, key));
    if (source === undefined || found === undefined) {
      throw new Refusal(ProblemCode.NotFound, "this key is not placed, and was not for long");
    }
    return { ...found, placement: { system: source.label, ...found.placement } };
  }

  /** @throws {@link Refusal} 400 for an invalid cursor, 503 when the engine does not answer */
  async deadLetters(query: {
    readonly system?: string | undefined;
    readonly cursor?: string | undefined;
    readonly limit: number;
  }): Promise<ClusterDeadLetters> {
    const source = clusterOf(this.#sources, query.system);
    if (source === undefined) return { deadLetters: [], cursor: null };
    const page = await ofStore(() => source.views.deadLetters(query.cursor, query.limit));
    return {
      deadLetters: page.deadLetters.map((row) => ({ system: source.label, ...row })),
      cursor: page.cursor ?? null,
    };
  }
}

/** Returns the systems that belong to a cluster. */
function clustersOf(sources: Sources): readonly ClusterSource[] {
  return sources.all().flatMap((source) => {
    const views = clusterViewsOf(source.system);
    return views === undefined ? [] : [{ ...source, views }];
  });
}

/** Returns the system labelled `system`, or the first one that belongs to a cluster. */
export function clusterOf(sources: Sources, system: string | undefined): ClusterSource | undefined {
  const all = clustersOf(sources);
  return system === undefined ? all[0] : all.find(({ label }) => label === system);
}
