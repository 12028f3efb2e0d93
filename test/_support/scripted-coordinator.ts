import { commandMessage } from "../../src/cluster/codec/command-codec.ts";
import { readEvents } from "../../src/cluster/codec/event-codec.ts";
import { answerMessage, readRequest } from "../../src/cluster/codec/place-codec.ts";
import { decodePlacement, encodePlacement } from "../../src/cluster/codec/placement-codec.ts";
import type { ReceivedMessage } from "../../src/cluster/engine/bus.ts";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import type { Delivery } from "../../src/cluster/engine/log.ts";
import { CommandKind, SignalName } from "../../src/cluster/protocol/commands.ts";
import { EventKind } from "../../src/cluster/protocol/events.ts";
import type { PlaceRequest, SignalRequest } from "../../src/cluster/protocol/place.ts";
import {
  type PlacementRecord,
  PlacementStatus,
} from "../../src/cluster/protocol/placement-record.ts";
import { PLACE_SUBJECT } from "../../src/cluster/protocol/subjects.ts";

const PARTITIONS = 8;
const HOUR_MS = 3_600_000;

/** A coordinator that puts each actor where the test says, and does nothing else. */
export class ScriptedCoordinator {
  /** Requests, in the order in which they came. */
  readonly requests: (PlaceRequest | SignalRequest)[] = [];
  /** Returns the id of the runner that gets an actor. */
  choose: (address: string) => string | undefined = () => undefined;
  /** Waited for between a decision and its command. */
  beforeStart: () => Promise<void> = async () => {};
  readonly #session: EngineSession;
  #step: Promise<void> = Promise.resolve();
  #writes = 0;

  constructor(session: EngineSession) {
    this.#session = session;
  }

  async open(): Promise<void> {
    const { bus, events } = this.#session;
    bus.subscribe(PLACE_SUBJECT, (message) => this.#after(() => this.#receive(message)));
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      await events.consume({
        name: `scripted-${partition}`,
        filter: String(partition),
        maxInFlight: 100,
        ackWaitMs: 30_000,
        deliver: (delivery) => this.#after(() => this.#apply(delivery)),
      });
    }
  }

  async read(address: string): Promise<PlacementRecord | undefined> {
    const entry = await this.#session.placements.read(address);
    return entry === undefined ? undefined : decodePlacement(entry.value);
  }

  /** One thing at a time. */
  #after(task: () => Promise<void>): void {
    this.#step = this.#step.then(task);
  }

  async #receive(message: ReceivedMessage): Promise<void> {
    const request = readRequest(message);
    this.requests.push(request);
    const known = await this.read(request.address);
    const runnerId = this.choose(request.address);
    const runs = known?.status === "running" || known?.status === "starting";
    const placed =
      known !== undefined && runs
        ? known
        : runnerId === undefined
          ? undefined
          : await this.#place(request, runnerId, known);
    const { replyTo = "" } = message;
    if (placed?.runnerId === undefined) {
      const refusal = { kind: "refused", code: "ERR_NO_RUNNER", text: "no runner fits" } as const;
      this.#session.bus.publish(replyTo, answerMessage(refusal));
      return;
    }
    if (request.kind === "signal") {
      await this.#signal(request, placed);
      const answer = { kind: "signalled", outcome: "stored" } as const;
      this.#session.bus.publish(replyTo, answerMessage(answer));
      return;
    }
    const { generation, status } = placed;
    const answer = { kind: "placed", runnerId: placed.runnerId, generation, status } as const;
    this.#session.bus.publish(replyTo, answerMessage(answer));
  }

  async #place(
    { address, ...request }: PlaceRequest | SignalRequest,
    runnerId: string,
    known: PlacementRecord | undefined,
  ): Promise<PlacementRecord> {
    const generation = (known?.generation ?? 0) + 1;
    const record: PlacementRecord = {
      version: 1,
      address,
      status: PlacementStatus.Starting,
      runnerId,
      generation,
      commandIndex: 1,
      eventIndex: 0,
      attempts: 0,
      notBeforeMs: 0,
      deadlineMs: Date.now() + HOUR_MS,
      sinceMs: Date.now(),
      reason: request.kind === "place" ? request.reason : "due",
      outbox: [],
      writeId: this.#writeId(),
    };
    await this.#session.placements.put(address, encodePlacement(record));
    const input = request.kind === "place" ? request.input : undefined;
    const command = {
      id: `start-${address.length}-${generation}-${this.#writes}`,
      checkpoint: { address, generation, index: 1 },
      kind: CommandKind.Start,
      issuedAtMs: Date.now(),
      expiresAtMs: Date.now() + HOUR_MS,
      ...(input === undefined ? {} : { data: input }),
    };
    void this.beforeStart().then(() => {
      return this.#session.commands.append(commandMessage(runnerId, command));
    });
    return record;
  }

  async #signal({ data, address }: SignalRequest, record: PlacementRecord): Promise<void> {
    const { generation, runnerId = "" } = record;
    const index = record.commandIndex + 1;
    const next = { ...record, commandIndex: index, writeId: this.#writeId() };
    await this.#session.placements.put(address, encodePlacement(next));
    const command = {
      id: `signal-${address.length}-${generation}-${index}`,
      checkpoint: { address, generation, index },
      kind: CommandKind.Signal,
      signal: SignalName.Wake,
      issuedAtMs: Date.now(),
      expiresAtMs: Date.now() + HOUR_MS,
      data,
    };
    await this.#session.commands.append(commandMessage(runnerId, command));
  }

  async #apply(delivery: Delivery): Promise<void> {
    const batch = readEvents(delivery);
    const record = await this.read(batch.address);
    if (record?.generation === batch.generation) {
      const last = batch.events.at(-1)?.kind;
      const runs = last === EventKind.Running || last === EventKind.CommandDropped;
      const next: PlacementRecord = {
        ...record,
        status: runs ? PlacementStatus.Running : PlacementStatus.Asleep,
        runnerId: runs ? record.runnerId : undefined,
        eventIndex: batch.events.at(-1)?.index ?? 0,
        writeId: this.#writeId(),
      };
      await this.#session.placements.put(batch.address, encodePlacement(next));
    }
    await delivery.ack();
  }

  #writeId(): string {
    this.#writes += 1;
    return `scripted-${this.#writes}`;
  }
}
