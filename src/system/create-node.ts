import { randomBytes } from "node:crypto";
import { write } from "../actor/lifecycle/logging.ts";
import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import { ClusterNode } from "../cluster/node/cluster-node.ts";
import type { ClusterSettings } from "../cluster/node/cluster-options.ts";

/** Bytes of an id: 2^80 of them. */
const ID_BYTES = 10;

/** Returns the node of a system. */
export function createNode(settings: ClusterSettings, system: SystemRuntime): ClusterNode {
  const { clock, book, tracing, logger } = system;
  return new ClusterNode({
    settings,
    clock,
    luck: Math.random,
    newId: () => randomBytes(ID_BYTES).toString("hex"),
    book,
    tracing,
    log: (level, fields, text) => write(logger, level, fields, text),
  });
}
