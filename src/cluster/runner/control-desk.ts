import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { controlAnswer, readControl } from "../codec/control-codec.ts";
import type { Bus, BusSubscription, ReceivedMessage } from "../engine/bus.ts";
import {
  type ControlAnswer,
  type ControlRequest,
  type ReportAnswer,
  ReportedStatus,
  type ReportRequest,
  type ResendRequest,
} from "../protocol/control.ts";
import { LIMITS } from "../protocol/limits.ts";
import { controlSubject } from "../protocol/subjects.ts";
import type { ActorTable } from "./actor-table.ts";
import type { EventOutbox } from "./event-outbox.ts";
import type { RunnerObserver } from "./runner-observer.ts";

/** Requests that may be answered at a time; further ones are refused. */
const MAX_REQUESTS = 64;

/** What a {@link ControlDesk} works with. */
export interface ControlDeskParts {
  readonly bus: Bus;
  readonly runnerId: string;
  readonly table: ActorTable;
  readonly outbox: EventOutbox;
  readonly observer: RunnerObserver;
}

/** Answers what the coordinator asks of a runner. */
export class ControlDesk {
  readonly #parts: ControlDeskParts;
  #subscription: BusSubscription | undefined;
  #underWay = 0;

  constructor(parts: ControlDeskParts) {
    this.#parts = parts;
  }

  open(): void {
    const { bus, runnerId } = this.#parts;
    this.#subscription = bus.subscribe(controlSubject(runnerId), (message) => {
      void this.#receive(message); // never rejects
    });
  }

  /** Answers nothing more. */
  close(): void {
    this.#subscription?.stop();
    this.#subscription = undefined;
  }

  async #receive(message: ReceivedMessage): Promise<void> {
    if (this.#underWay >= MAX_REQUESTS) {
      this.#reply(message, refusal(ErrorCode.PlacementOverloaded, "too many requests"));
      return;
    }
    this.#underWay += 1;
    try {
      this.#reply(message, await this.#answer(readControl(message)));
    } catch (error) {
      this.#parts.observer.failed("request could not be answered", error);
      const code = LimelightError.is(error) ? error.code : ErrorCode.ThrownValue;
      this.#reply(message, refusal(code, toError(error).message));
    }
    this.#underWay -= 1;
  }

  async #answer(request: ControlRequest): Promise<ControlAnswer> {
    switch (request.kind) {
      case "resend":
        return await this.#resend(request);
      case "report":
        return this.#report(request);
    }
  }

  async #resend({ address, generation, fromIndex }: ResendRequest): Promise<ControlAnswer> {
    const { table, outbox } = this.#parts;
    const slot = table.find(address);
    if (slot?.generation !== generation) return { kind: "resent", count: 0 };
    return { kind: "resent", count: await outbox.resend(slot.events, fromIndex) };
  }

  #report({ address }: ReportRequest): ReportAnswer {
    const { runnerId, table } = this.#parts;
    const slot = table.find(address);
    return {
      kind: "report",
      runnerId,
      address,
      status: slot === undefined ? ReportedStatus.Unknown : (slot.status ?? ReportedStatus.Ended),
      generation: slot?.generation ?? 0,
      commandIndex: slot?.commandIndex ?? 0,
      eventIndex: slot?.events.lastIndex ?? 0,
    };
  }

  #reply({ replyTo }: ReceivedMessage, answer: ControlAnswer): void {
    // A reply that is not sent is one that the asker does not wait for any more, or asks for again.
    if (replyTo !== undefined) this.#parts.bus.publish(replyTo, controlAnswer(answer));
  }
}

function refusal(code: ErrorCode, text: string): ControlAnswer {
  return { kind: "refused", code, text: text.slice(0, LIMITS.textLength).toWellFormed() };
}
