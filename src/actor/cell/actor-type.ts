import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { formatActorId } from "../../base/ids.ts";
import { OTHER_NAME } from "../../base/names.ts";
import {
  AwakeReason,
  DeadLetterReason,
  MessageKind,
  StopReason,
} from "../../telemetry/attributes.ts";
import type { Sender, Senders } from "../../telemetry/metrics/senders.ts";
import type { TypeMetrics } from "../../telemetry/metrics/type-metrics.ts";
import type { ActorDefinition, ActorSettings, AnyOptions } from "../definition/definition.ts";
import { type AnyHandlers, WhenFull } from "../definition/messages.ts";
import { type CallsType, createCallsType } from "../delivery/calls.ts";
import type { WaitOptions } from "../delivery/parked-sends.ts";
import { createPorts, type Ports } from "../delivery/ports.ts";
import { type EndPhase, endPhasesOf, type Phase, phasesOf } from "../lifecycle/phases.ts";
import type { Envelope } from "../mailbox/envelope.ts";
import type { PendingAsk } from "../mailbox/pending-ask.ts";
import { type AnyHandler, Route } from "../mailbox/route.ts";
import type { SystemRuntime } from "../system/system-runtime.ts";
import type { ActorCell, Life } from "./cell.ts";
import { createContext } from "./cell-context.ts";

/** The name under which notices of links and watches are counted. */
const LINK_DIED = "link_died";
/** Number of timer kinds whose routes are kept; the metrics of an actor type have as many names of messages. */
const MAX_TIMER_KINDS = 100;

const runAction: AnyHandler = (_c, action) => (action as () => unknown)();

/** An actor definition in one system: the part all of its actors share. */
export class ActorType {
  readonly name: string;
  readonly system: SystemRuntime;
  readonly options: AnyOptions;
  readonly settings: ActorSettings;
  readonly waitsWhenFull: boolean;
  readonly metrics: TypeMetrics;
  /** Its actors as senders, and who sends to them: those of the metrics, since each message reads them. */
  readonly sender: Sender;
  readonly senders: Senders;
  readonly ports: Ports;
  /** Steps that begin a life, in order. The first may be asynchronous. */
  readonly phases: readonly Phase[];
  /** Steps that end a life, in order. */
  readonly endPhases: readonly EndPhase[];
  /** Whether `reply` gives the replies of handlers. A field, since each ask reads it. */
  readonly holdsReplies: boolean = false;
  /** Whether `turnEnded` is called. */
  readonly observesTurns: boolean = false;
  /** Whether its actors go to sleep, so that listeners to idle actors hear of them. */
  readonly sleeps: boolean = false;
  /** Whether the first phase opens a {@link WakeSpan}. */
  readonly opensWakeSpan: boolean = false;
  /** The reason of an end that is requested from outside. */
  readonly requestedStop: StopReason = StopReason.Normal;
  /** The routes of asks and of tells, by message name. */
  readonly asks: ReadonlyMap<string, Route>;
  readonly tells: ReadonlyMap<string, Route>;
  readonly #timers = new Map<string, Route>();
  #unknown: Route | undefined;
  #calls: CallsType | undefined;
  #signal: Route | undefined;

  constructor(
    system: SystemRuntime,
    definition: ActorDefinition<unknown, unknown, AnyHandlers, WhenFull>,
    metrics: TypeMetrics,
  ) {
    this.name = definition.type;
    this.system = system;
    this.options = definition.options;
    this.settings = definition.settings;
    this.waitsWhenFull = definition.settings.whenFull === WhenFull.Wait;
    this.metrics = metrics;
    this.sender = metrics.sender;
    this.senders = metrics.senders;
    this.phases = phasesOf(definition.options);
    this.endPhases = endPhasesOf(definition.options);
    const messages = Object.entries(this.options.handlers) as [string, AnyHandler][];
    const routes = (kind: MessageKind): Route[] =>
      messages.map(([name, handler]) => this.#createRoute(name, kind, handler));
    const [asks, tells] = [routes(MessageKind.Ask), routes(MessageKind.Tell)];
    this.asks = new Map(asks.map((route) => [route.messageType, route]));
    this.tells = new Map(tells.map((route) => [route.messageType, route]));
    this.ports = createPorts(asks, tells);
  }

  /** Creates the `c` of a life. Its state is empty until the phases set it. */
  createContext(cell: ActorCell): Life {
    return createContext(cell);
  }

  /**
   * Handles a message that `cell` no longer accepts; it is already counted as sent. By default its asker gets
   * an error and it becomes a dead letter. A kind of actor with several lives may pass it to the next one.
   */
  undelivered(cell: ActorCell, envelope: Envelope, reason: DeadLetterReason): void {
    const { ask, route } = envelope;
    if (ask !== undefined) {
      const error = this.refusal(cell, route.messageType);
      // An ask of an ended actor is refused in the asker's own call, whose stack the error has.
      if (reason === DeadLetterReason.Stopped) ask.reject(error);
      else ask.fail(error);
    }
    this.system.deadLetter(cell, envelope, reason);
  }

  /**
   * Handles a message that is sent to `cell`, which does not accept messages; it is already counted as sent.
   *
   * @param options limits of a wait of the sender
   * @returns what the sender waits for, if it waits
   */
  offered(
    cell: ActorCell,
    envelope: Envelope,
    _options: WaitOptions | undefined,
  ): Promise<void> | undefined {
    this.undelivered(cell, envelope, DeadLetterReason.Stopped);
    return undefined;
  }

  /** Replies to an ask whose handler has returned `value`. Called if `holdsReplies`, which may reply later. */
  reply(_cell: ActorCell, ask: PendingAsk, value: unknown): void {
    ask.reply(value);
  }

  /**
   * Called after each run of messages, and after each handler that awaited, if `observesTurns`. A handler may be
   * running, and the actor may be restarting or have ended.
   */
  turnEnded(_cell: ActorCell): void {}

  /** Called when the stop of `cell` has taken too long, before it is killed. */
  stopOverdue(_cell: ActorCell): void {}

  /** Returns the error of an ask that `cell` does not accept any more. */
  refusal(cell: ActorCell, messageType: string): DeliveryError {
    return cell.stoppedError(messageType);
  }

  /** Returns the error of a message that was being handled when `cell` was killed. */
  interruption({ actorId }: ActorCell, messageType: string): DeliveryError {
    return new DeliveryError(`${actorId} was killed while it handled ${messageType}`, {
      code: ErrorCode.ActorKilled,
      actorId,
      messageType,
    });
  }

  /** Returns the id of `cell`. Called once for each actor that needs one. */
  idOf({ number }: ActorCell): string {
    return formatActorId(this.name, number);
  }

  /** Returns whether `cell` only stands for an actor of another process. */
  isElsewhere(_cell: ActorCell): boolean {
    return false;
  }

  /** Returns what keeps `cell` awake besides what all kinds of actors have. */
  furtherAwakeReason(_cell: ActorCell): AwakeReason {
    return AwakeReason.Idle;
  }

  /** Returns the key of `cell` on spans and log lines, for a kind of actor that is addressed by a key. */
  keyOf(_cell: ActorCell): string | undefined {
    return undefined;
  }

  /** Returns the number of the activation that `cell` is, for a kind of actor that has several under one key. */
  generationOf(_cell: ActorCell): number | undefined {
    return undefined;
  }

  /** Returns the route of the messages with which timers of `kind` run. Their argument is the action. */
  timerRoute(kind: string): Route {
    let route = this.#timers.get(kind);
    if (route === undefined) {
      route = this.#createRoute(kind, MessageKind.Timer, runAction);
      // Further kinds share one series, and a route that is not kept costs little more.
      if (this.#timers.size < MAX_TIMER_KINDS) this.#timers.set(kind, route);
    }
    return route;
  }

  /** Class with a method for each message, for callers that select the destination at each call. */
  get calls(): CallsType {
    this.#calls ??= createCallsType(Object.keys(this.options.handlers));
    return this.#calls;
  }

  /** Route of the messages that report the end of another actor. Their argument is the action. */
  get signalRoute(): Route {
    this.#signal ??= this.#createRoute(LINK_DIED, MessageKind.Signal, runAction);
    return this.#signal;
  }

  /** Route of all messages the definition does not have. Its handler is never called. */
  get unknownRoute(): Route {
    this.#unknown ??= this.#createRoute(OTHER_NAME, MessageKind.Tell, () => undefined);
    return this.#unknown;
  }

  #createRoute(messageType: string, kind: MessageKind, handler: AnyHandler): Route {
    const { name: actorType, metrics } = this;
    return new Route({ actorType, messageType, kind, handler, metrics });
  }
}
