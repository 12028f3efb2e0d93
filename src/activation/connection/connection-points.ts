import { Attribute } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import { ConnectionOutcome } from "../../telemetry/gateway-attributes.ts";
import type { CounterPoint } from "../../telemetry/metrics/points.ts";
import type { KeyedType } from "../activation/keyed-type.ts";

export { ConnectionOutcome };

/** The metrics of connections and events of one actor type in one system. */
export class ConnectionPoints {
  readonly #type: KeyedType;
  readonly #outcomes = new Map<ConnectionOutcome, CounterPoint>();
  /** By name; the definition limits how many there are. */
  readonly #published = new Map<string, CounterPoint>();

  constructor(type: KeyedType) {
    this.#type = type;
  }

  /** Counts a connection that was asked for. */
  count(outcome: ConnectionOutcome): void {
    let point = this.#outcomes.get(outcome);
    if (point === undefined) {
      point = this.#counter(Catalogue.Connections, { [Attribute.ConnectionOutcome]: outcome });
      this.#outcomes.set(outcome, point);
    }
    point.value += 1;
  }

  /** Counts an event that was given to the gateways. */
  published(event: string): void {
    let point = this.#published.get(event);
    if (point === undefined) {
      point = this.#counter(Catalogue.EventPublished, { [Attribute.EventName]: event });
      this.#published.set(event, point);
    }
    point.value += 1;
  }

  #counter(metric: typeof Catalogue.Connections, attributes: Record<string, string>): CounterPoint {
    const { system, metrics } = this.#type;
    return system.book.counter(metric, { ...metrics.attributes, ...attributes });
  }
}

const points = new WeakMap<KeyedType, ConnectionPoints>();

export function connectionPointsOf(type: KeyedType): ConnectionPoints {
  let known = points.get(type);
  if (known === undefined) {
    known = new ConnectionPoints(type);
    points.set(type, known);
  }
  return known;
}
