import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NatsOptions } from "../../src/cluster.ts";
import { eventually } from "../_support/stack-program.ts";
import { checkRun } from "../cluster/faults/check.ts";
import { FaultFile } from "../cluster/faults/records.ts";
import { quantile, recoveriesOf } from "../cluster/faults/recovery.ts";
import { Traffic } from "./traffic.ts";

export const LEASE_MS = 3_000;
/** How long a process is away that is to lose its lease. */
export const AWAY_MS: number = 1.5 * LEASE_MS;
const KEYS = Array.from({ length: 40 }, (_, at) => `k${at}`);
const CLIENTS = 16;
/** What a takeover may take besides the lease: a requirement of the protocol, not of the machine. */
const TAKEOVER_MS = 2_000;

/** A load on a cluster, and the history of what its clients saw. */
export class FaultRun {
  readonly #folder = mkdtempSync(join(tmpdir(), "limelight-faults-"));
  readonly #file = new FaultFile(join(this.#folder, "run.jsonl"));
  readonly #traffic: Traffic;

  /** @param engine address of the server, or what each client connects with */
  constructor(engine: string | ((client: number) => NatsOptions)) {
    const engineOf = typeof engine === "string" ? () => ({ servers: engine }) : engine;
    const options = { engine: engineOf, leaseTtlMs: LEASE_MS, clients: CLIENTS, keys: KEYS };
    this.#traffic = new Traffic({ ...options, file: this.#file });
  }

  /** @param node name of the runner whose actors have to be taken over, if there is one */
  note(what: string, node?: string): void {
    const place = node === undefined ? {} : { node };
    this.#file.append({ kind: "fault", atMs: performance.now(), what, ...place });
  }

  /** Resolves when clients have been answered a few times for each actor, on average. */
  async answering(): Promise<void> {
    const enough = this.#traffic.acknowledged + 4 * KEYS.length;
    await eventually("answering", () => (this.#traffic.acknowledged >= enough ? true : undefined));
  }

  /**
   * Ends the load, checks the history, and returns how long actors were away.
   *
   * @throws `AssertionError`
   */
  async finish(): Promise<string> {
    await this.#traffic.stop();
    this.#file.append({ kind: "healed", atMs: performance.now() });
    await this.#traffic.writeToAll();
    await this.#traffic.readContents();
    const records = this.#file.read();
    assert.deepEqual(checkRun(records, 2 * LEASE_MS), []);
    await this.#traffic.shutdown();
    const tookMs = recoveriesOf(records).map((recovery) => recovery.tookMs);
    const [p50 = 0, p99 = 0, max = 0] = [0.5, 0.99, 1].map((part) => quantile(tookMs, part));
    const [half, most, all] = [p50, p99, max].map(Math.round);
    const text = `recovery of ${tookMs.length} actors: p50 ${half}, p99 ${most}, max ${all} ms`;
    assert.ok(p99 <= LEASE_MS + TAKEOVER_MS, text);
    // The history of a run that has failed stays, to be read.
    rmSync(this.#folder, { recursive: true });
    return text;
  }
}
