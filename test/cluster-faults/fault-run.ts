import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NatsOptions } from "../../src/cluster.ts";
import type { NodeReport } from "../_support/node-report.ts";
import { eventually } from "../_support/stack-program.ts";
import { checkFlow, checkQuiet } from "../cluster/faults/accounts.ts";
import { checkRun } from "../cluster/faults/check.ts";
import { FaultFile } from "../cluster/faults/records.ts";
import {
  quantile,
  type Recovery,
  recoveriesOf,
  tellRecoveries,
} from "../cluster/faults/recovery.ts";
import type { Crew } from "./crew.ts";
import { Lateness } from "./lateness.ts";
import { Traffic } from "./traffic.ts";
import { Witness } from "./witness.ts";

export const LEASE_MS = 3_000;
/** How long a process is away that is to lose its lease. */
export const AWAY_MS: number = 1.5 * LEASE_MS;
export const RUNNERS: readonly string[] = ["r1", "r2", "r3", "r4"];
const KEYS = Array.from({ length: 40 }, (_, at) => `k${at}`);
const CLIENTS = 16;
/** What a takeover may take besides the lease: a requirement of the protocol, not of the machine. */
const TAKEOVER_MS = 2_000;
/** How many new actors are placed at a time. */
const BURST = 20;
const MAX_BURSTS = 10;

/** A load on a cluster, the history of what its clients saw, and the accounts of its nodes. */
export class FaultRun implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "limelight-faults-"));
  readonly #file = new FaultFile(join(this.#folder, "run.jsonl"));
  readonly #crew: Crew | undefined;
  readonly #traffic: Traffic;
  readonly #opening: Promise<Witness>;
  readonly #returns: Recovery[] = [];
  readonly #lateness = new Lateness();
  #faults = 0;
  #bursts = 0;
  #isOver = false;

  /**
   * @param engine address of the server, or what each client connects with
   * @param crew the runners, if their accounts are to be checked in the end
   */
  constructor(engine: string | ((client: number) => NatsOptions), crew?: Crew) {
    const engineOf = typeof engine === "string" ? () => ({ servers: engine }) : engine;
    const options = { leaseTtlMs: LEASE_MS, file: this.#file };
    const { timeOrigin } = performance;
    const atMs = performance.now();
    this.#file.append({ kind: "began", atMs, epochMs: timeOrigin + atMs });
    this.#crew = crew;
    this.#traffic = new Traffic({ ...options, engine: engineOf, clients: CLIENTS, keys: KEYS });
    this.#opening = Witness.open({ ...options, engine: engineOf(0) });
    this.#opening.catch(() => {}); // who needs it is told
  }

  /** Follows what the cluster stores. */
  witness(): Promise<Witness> {
    return this.#opening;
  }

  /** Number of operations that clients were told are done. */
  get acknowledged(): number {
    return this.#traffic.acknowledged;
  }

  /** Codes of the writes that were refused, or whose outcome is unknown. */
  get failures(): readonly string[] {
    return this.#traffic.failures;
  }

  /** @param node name of the runner whose actors have to be taken over, if there is one */
  note(what: string, node?: string): void {
    const place = node === undefined ? {} : { node };
    this.#faults += 1;
    this.#file.append({ kind: "fault", atMs: performance.now(), what, ...place });
  }

  /** Has the time count from now in which the actors of a runner are away that has failed before. */
  noteAgain(what: string, node: string): void {
    this.#file.append({ kind: "fault", atMs: performance.now(), what, node });
  }

  /** Resolves when each actor has answered a message that was sent after this call. */
  async answering(): Promise<void> {
    const sinceMs = performance.now();
    await eventually("answering", () => this.#traffic.hasAnsweredSince(sinceMs) || undefined);
  }

  /** The same after something is back that all actors need. Its time is part of what the run returns. */
  async returned(what: string): Promise<void> {
    const sinceMs = performance.now();
    await this.answering();
    const tookMs = performance.now() - sinceMs;
    this.#returns.push({ address: "all", what, fromMs: sinceMs, tookMs });
  }

  /** Those of the nodes that have acknowledged an operation that has begun since then. */
  heardSince(nodes: readonly string[], atMs: number): readonly string[] {
    return this.#traffic.heardSince(nodes, atMs);
  }

  /** Writes to actors that there were not before. Resolves when all are answered, or have failed. */
  async burst(count: number = BURST): Promise<void> {
    this.#bursts += 1;
    const keys = Array.from({ length: count }, (_, at) => `burst-${this.#bursts}-${at}`);
    await this.#traffic.writeToAll(keys);
  }

  /**
   * Ends the load, checks the history and the accounts, and returns how long actors were away.
   *
   * @throws `AssertionError`
   */
  async finish(): Promise<string> {
    const text = await this.#finish();
    this.#isOver = true;
    rmSync(this.#folder, { recursive: true });
    return text;
  }

  /** Ends the clients. The history of a run that has failed stays, to be read, and so do the lines of its processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) {
      this.#crew?.save(this.#folder);
      process.stderr.write(`the history is in ${this.#folder}\n`);
    }
    this.#lateness[Symbol.dispose]();
    await this.#traffic[Symbol.asyncDispose]();
    const witness = await this.#opening.catch(() => undefined); // it was told
    await witness?.close();
  }

  async #finish(): Promise<string> {
    await this.#traffic.stop();
    const witness = await this.#opening;
    const nodes = this.#crew?.names ?? [];
    this.#file.append({ kind: "healed", atMs: performance.now(), nodes });
    await this.#traffic.writeToAll();
    if (this.#crew !== undefined) await this.#settle(this.#crew, witness);
    await this.#traffic.readContents();
    const records = this.#file.read();
    assert.deepEqual(checkRun(records, 2 * LEASE_MS), []);
    await witness.close();
    assert.deepEqual(await this.#traffic.shutdown(), []);
    assert.deepEqual(await this.#crew?.end(), this.#crew && []);
    const recoveries = recoveriesOf(records);
    const took = tellRecoveries([...recoveries, ...this.#returns]);
    const text = `${this.#faults} faults, ${this.#traffic.acknowledged} acknowledged; ${took}`;
    const onTimeMs = recoveries.map(({ fromMs, tookMs }) => {
      return tookMs - this.#lateness.between(fromMs, fromMs + tookMs);
    });
    assert.ok((quantile(onTimeMs, 0.99) ?? 0) <= LEASE_MS + TAKEOVER_MS, text);
    return text;
  }

  /** Resolves when nothing is under way, and what flows then has come out even. */
  async #settle(crew: Crew, witness: Witness): Promise<void> {
    const sinceMs = performance.now();
    const before = await this.#quiet(crew, witness);
    // New actors go to those that have few: after a few of them each runner has one.
    for (let bursts = 0; bursts < MAX_BURSTS; bursts += 1) {
      if (bursts > 0 && this.heardSince(crew.names, sinceMs).length === crew.names.length) break;
      await this.burst();
    }
    let unbalanced: readonly string[] = [];
    await eventually("even", async () => {
      unbalanced = checkFlow(before, await this.#quiet(crew, witness));
      return unbalanced.length === 0 || undefined;
    }).catch(() => assert.deepEqual(unbalanced, []));
  }

  async #quiet(crew: Crew, witness: Witness): Promise<readonly NodeReport[]> {
    let found: readonly string[] = [];
    const quiet = eventually("quiet", async () => {
      const reports = await crew.reports();
      found = [...checkQuiet(reports, crew.names.length), ...(await witness.left())];
      return found.length === 0 ? reports : undefined;
    });
    return await quiet.catch(() => assert.fail(`never quiet: ${found.join("; ")}`));
  }
}
