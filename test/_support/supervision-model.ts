import type { Directive, RestartPolicy, StopReason, SupervisionStrategy } from "../../src/index.ts";

/** What an actor of a drawn tree is like. */
export interface Nature {
  readonly strategy: SupervisionStrategy;
  /** Of all children together; `undefined` for none. */
  readonly childLimit: number | undefined;
  readonly policy: RestartPolicy;
  readonly limit: number;
  readonly directive: Directive | undefined;
  readonly hook: boolean;
  readonly backoff: boolean;
}

export const WINDOW_MS = 200;

/** One actor as the documentation describes it, without mailboxes, promises or spans. */
export class ModelActor {
  readonly nature: Nature;
  readonly parent: ModelActor | undefined;
  readonly children: ModelActor[] = [];
  readonly linked: Set<ModelActor> = new Set<ModelActor>();
  readonly watchers: Set<ModelActor> = new Set<ModelActor>();
  readonly #restartsMs: number[] = [];
  readonly #childRestartsMs: number[] = [];
  reason: StopReason | undefined;
  /** The reason of an end that has been decided; from then on it is told of nothing. */
  #ending: StopReason | undefined;
  restarts = 0;
  /** Calls of `onTerminated`. */
  heard = 0;

  constructor(nature: Nature, parent: ModelActor | undefined) {
    this.nature = nature;
    this.parent = parent;
    parent?.children.push(this);
  }

  get alive(): boolean {
    return this.reason === undefined;
  }

  /** Supervision's answer to a failure. */
  fail(nowMs: number): void {
    if (this.#ending !== undefined) return;
    const { directive, policy } = this.nature;
    switch (directive ?? (policy === "never" ? "stop" : "restart")) {
      case "resume":
        return;
      case "stop":
        this.end("failed");
        return;
      case "escalate":
        this.#giveUp(nowMs);
        return;
      case "restart":
        this.#restart(nowMs);
    }
  }

  /** Ends the actor, those below it first, and then those it is linked to. */
  end(reason: StopReason): void {
    this.#ending ??= reason;
    this.#finish();
  }

  #finish(): void {
    const reason = this.#ending;
    if (!this.alive || reason === undefined) return;
    for (const child of this.children) child.end(reason === "killed" ? "killed" : "parent_stopped");
    this.reason = reason;
    const abnormal = !["normal", "parent_stopped", "shutdown"].includes(reason);
    for (const other of new Set([...this.linked, ...this.watchers])) {
      if (other.#ending !== undefined) continue;
      if (other.nature.hook) other.heard += 1;
      else if (abnormal && this.linked.has(other)) other.end("link_died");
    }
  }

  #restart(nowMs: number): void {
    const members = this.#members();
    const restarting = members.filter((one) => one === this || one.nature.policy !== "never");
    if (!this.#admitted(restarting.length, nowMs)) {
      this.#giveUp(nowMs);
      return;
    }
    for (const one of restarting) {
      one.restarts += 1;
      if (one !== this) one.#restartsMs.push(nowMs);
      for (const child of one.children) child.end("parent_stopped");
    }
    for (const one of members) if (!restarting.includes(one)) one.end("sibling_failed");
  }

  #members(): ModelActor[] {
    const { parent } = this;
    if (parent === undefined || parent.nature.strategy === "one_for_one") return [this];
    const all = parent.children.filter(({ alive }) => alive);
    return parent.nature.strategy === "one_for_all" ? all : all.slice(all.indexOf(this));
  }

  #admitted(restarts: number, nowMs: number): boolean {
    if (recent(this.#restartsMs, nowMs) + 1 > this.nature.limit) return false;
    this.#restartsMs.push(nowMs);
    const { parent } = this;
    const childLimit = parent?.nature.childLimit;
    if (parent === undefined || childLimit === undefined) return true;
    if (recent(parent.#childRestartsMs, nowMs) + restarts > childLimit) return false;
    parent.#childRestartsMs.push(...Array<number>(restarts).fill(nowMs));
    return true;
  }

  #giveUp(nowMs: number): void {
    this.#ending ??= "failed";
    this.parent?.fail(nowMs);
    this.#finish();
  }
}

function recent(timesMs: readonly number[], nowMs: number): number {
  return timesMs.filter((atMs) => nowMs - atMs < WINDOW_MS).length;
}
