import { count, keyText, text } from "./query.ts";
import { type ReadRoute, route } from "./read-route.ts";

const SYSTEM = text("name of the system; without it the first one of a cluster");

/** Resources of clusters. */
export const CLUSTER_ROUTES: readonly ReadRoute[] = [
  route({
    path: "/api/cluster",
    name: "cluster",
    summary:
      "The cluster: all nodes, unreachable ones included, the coordinator, logs, and the last moves of actors with their reasons.",
    query: {},
    answer: "Clusters",
    read: (reads) => reads.cluster.overview(),
  }),
  route({
    path: "/api/cluster/placements",
    name: "list_placements",
    summary: "Where the actors of a cluster are, in order of their keys and page by page.",
    query: {
      system: SYSTEM,
      type: text("type of the keyed actors"),
      prefix: keyText("what the text of the key begins with"),
      status: text("pending, starting, running, stopping, asleep, backoff or failed"),
      runner: text("id of the runner that has them"),
      cursor: text("`cursor` of the page before", 2_100),
      limit: count("placements of the page", 100, 1_000),
    },
    stored: true,
    answer: "PlacementList",
    read: (reads, query) => reads.cluster.placements(query),
  }),
  route({
    path: "/api/cluster/placements/{id}",
    name: "placement",
    summary:
      "Where one actor of a cluster is, and its last moves: from where, to where, when and why.",
    query: { system: SYSTEM },
    id: "id of the key, as in the list; its slash may be written as %2F",
    stored: true,
    answer: "PlacementDetail",
    read: (reads, { system }, id) => reads.cluster.placement(id, system),
  }),
  route({
    path: "/api/cluster/dead-letters",
    name: "cluster_dead_letters",
    summary: "Commands and events of a cluster that could not be handled, oldest first.",
    query: {
      system: SYSTEM,
      cursor: text("`cursor` of the page before"),
      limit: count("dead letters of the page", 100, 256),
    },
    stored: true,
    answer: "ClusterDeadLetters",
    read: (reads, query) => reads.cluster.deadLetters(query),
  }),
];
