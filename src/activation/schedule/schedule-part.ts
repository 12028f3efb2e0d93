import { accept } from "../../actor/delivery/admission.ts";
import { sendingContext } from "../../actor/delivery/sending-context.ts";
import { log } from "../../actor/lifecycle/logging.ts";
import { Envelope } from "../../actor/mailbox/envelope.ts";
import { type AnyHandler, Route } from "../../actor/mailbox/route.ts";
import type { StoredEntry } from "../../store/contract/store.ts";
import { MessageKind } from "../../telemetry/attributes.ts";
import { contextOfRequest } from "../../telemetry/context/request-origin.ts";
import type { Activation } from "../activation/activation.ts";
import type { KeyedType } from "../activation/keyed-type.ts";
import type { LifePart, PartCounts, PartFactory, PartOperation } from "../activation/life-part.ts";
import { type Owner, schedulePrefix } from "../records/record-keys.ts";
import { causeIn } from "./cause.ts";
import { bufferOf } from "./commit-buffer.ts";
import type { FailedRuns } from "./failed-runs.ts";
import type { Fire } from "./fire.ts";
import { readSchedules } from "./read-schedules.ts";
import { ScheduleBook } from "./schedule-book.ts";
import { ActorSchedules } from "./schedule-calls.ts";
import type { ScheduleHost } from "./schedule-host.ts";
import { SchedulePoints } from "./schedule-points.ts";
import { spanFrom } from "./trace-parent.ts";

/** What the schedules of all actors of a system share. */
export interface ScheduleServices {
  readonly failed: FailedRuns;
  /** For how long the system has been able to run schedules. */
  upMs(): number;
  /** Takes account of a due time that was stored. */
  notice(dueAtMs: number): void;
  /** Takes account of one whose run was not completed. */
  retry(owner: Owner, dueAtMs: number): void;
  /** Takes account of a run whose result is stored. */
  succeeded(owner: Owner): void;
}

/** What the actors of one type share. */
class ScheduleRoutes {
  readonly points: SchedulePoints;
  readonly #type: KeyedType;
  readonly #routes = new Map<string, Route>();

  constructor(type: KeyedType) {
    this.#type = type;
    this.points = new SchedulePoints(type.system.book, type.metrics);
  }

  /** Returns the route of the messages with which schedules call the handler of `messageType`. */
  of(messageType: string): Route {
    let route = this.#routes.get(messageType);
    if (route === undefined) {
      const { name: actorType, metrics, asks } = this.#type;
      const called = asks.get(messageType)?.handler as AnyHandler; // it was checked that there is one
      const handler: AnyHandler = (c, fire) => (fire as Fire).run(c, called);
      route = new Route({ actorType, messageType, kind: MessageKind.Schedule, handler, metrics });
      this.#routes.set(messageType, route);
    }
    return route;
  }
}

/** The schedules of one life, as a part of it. */
class SchedulePart implements LifePart<ActorSchedules> {
  readonly #activation: Activation;
  readonly #services: ScheduleServices;
  readonly #host: ScheduleHost;
  #book: ScheduleBook;
  #member: ActorSchedules;

  constructor(activation: Activation, services: ScheduleServices, routes: ScheduleRoutes) {
    this.#activation = activation;
    this.#services = services;
    this.#host = hostOf(activation, services, routes);
    const loaded = activation.loaded?.list(schedulePrefix(activation.owner)) ?? [];
    [this.#book, this.#member] = this.#open(loaded);
  }

  get member(): ActorSchedules {
    return this.#member;
  }

  begin(): Promise<void> | undefined {
    const { loaded, owner } = this.#activation;
    const isComplete = loaded?.list(schedulePrefix(owner)) !== undefined;
    return isComplete ? undefined : this.#readAll();
  }

  /** Reads what was too much for one round trip. */
  async #readAll(): Promise<void> {
    const { owner, store } = this.#activation;
    const prefix = schedulePrefix(owner);
    const entries: StoredEntry[] = [];
    let after: { cursor?: string } = {};
    do {
      const page = await store.list(prefix, { limit: 1_000, ...after });
      entries.push(...page.entries);
      after = page.cursor === undefined ? {} : { cursor: page.cursor };
    } while (after.cursor !== undefined);
    this.#book.close();
    [this.#book, this.#member] = this.#open(entries);
  }

  ready(): void {
    this.#book.fireDue();
  }

  /** Sends the message of a schedule that is due. */
  fire(id: string): void {
    this.#book.fire(id);
  }

  async operate(operation: PartOperation): Promise<boolean> {
    if (!this.#change(operation)) return false;
    await this.#host.buffer.storedNow();
    return true;
  }

  counts(): PartCounts {
    return { schedules: this.#book.size };
  }

  remove(): void {
    this.#book.removeAll();
  }

  close(): undefined {
    const { destroying, owner } = this.#activation;
    const dueAtMs = this.#book.close();
    if (dueAtMs !== undefined && !destroying) this.#services.retry(owner, dueAtMs);
  }

  #change(operation: PartOperation): boolean {
    switch (operation.action) {
      case "cancel_schedule":
        return this.#book.cancel(operation.scheduleId);
      case "run_schedule":
        return this.#runNow(operation.scheduleId);
      case "wake":
      case "sleep":
      case "destroy":
      case "requeue":
        return false;
    }
  }

  /** Makes a schedule due now. A cron schedule goes on with its next occurrence. */
  #runNow(id: string): boolean {
    const entry = this.#book.find(id);
    if (entry === undefined) return false;
    this.#book.set(id, { ...entry.record, dueAtMs: Math.trunc(this.#host.clock.epochMs()) });
    return true;
  }

  #open(entries: Iterable<StoredEntry>): [ScheduleBook, ActorSchedules] {
    const host = this.#host;
    const book = new ScheduleBook(host, readSchedules(entries, host.owner, host.log));
    return [book, new ActorSchedules(book, host, this.#activation.type.calls)];
  }
}

function hostOf(
  activation: Activation,
  services: ScheduleServices,
  routes: ScheduleRoutes,
): ScheduleHost {
  const { cell, owner, type, definition } = activation;
  const { clock } = type.system;
  return {
    actorId: cell.actorId,
    owner,
    clock,
    maxSchedules: definition.settings.maxSchedules,
    buffer: bufferOf(activation.writer),
    points: routes.points,
    failed: services.failed,
    upMs: () => services.upMs(),
    hasMessage: (messageType) => type.asks.has(messageType),
    cause: () => causeIn(sendingContext(type.system)),
    send: (fire) => {
      if (!cell.accepting) return; // it ends: the schedule stays due
      const { message, traceparent, requestId } = fire.entry.record;
      const envelope = new Envelope(routes.of(message));
      envelope.first = fire;
      envelope.context = contextOfRequest(requestId);
      envelope.span = spanFrom(traceparent);
      envelope.sender = type.sender;
      accept(cell, envelope);
    },
    notice: (dueAtMs) => services.notice(dueAtMs),
    succeeded: () => services.succeeded(owner),
    log: (level, fields, text) => log(cell, level, fields, text),
  };
}

/** Makes the schedules of the lives of a system's keyed actors. */
export function scheduleParts(services: ScheduleServices): PartFactory<ActorSchedules> {
  const routesOf = new WeakMap<KeyedType, ScheduleRoutes>();
  return {
    prefixes: (owner) => [schedulePrefix(owner)],
    isNeeded: ({ loaded, meta, owner }) =>
      loaded?.list(schedulePrefix(owner))?.length !== 0 || (meta?.schedules ?? 0) > 0,
    create: (activation) => {
      const { type } = activation;
      const routes = routesOf.get(type) ?? new ScheduleRoutes(type);
      routesOf.set(type, routes);
      return new SchedulePart(activation, services, routes);
    },
  };
}

/** Sends the message of a schedule that is due to an actor that is awake. */
export function fireSchedule({ current }: Activation, id: string): void {
  const part = current?.parts.getIfMade("schedule");
  if (part instanceof SchedulePart) part.fire(id);
}
