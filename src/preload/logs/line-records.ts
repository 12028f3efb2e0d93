import {
  type AnyValue,
  type Attributes,
  isSpanContextValid,
  type SpanContext,
} from "@opentelemetry/api";
import type { InstrumentationScope } from "@opentelemetry/core";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { Clock } from "../../base/clock.ts";
import { VERSION } from "../../telemetry/version.ts";
import { loadResources } from "../packages.ts";
import { cutValue, type LogLimits } from "./log-limits.ts";
import { severityOf } from "./severity.ts";

type HrTime = ReadableLogRecord["hrTime"];
type Fields = Record<string, AnyValue>;

/** Fields of a line that have a place of their own in a record. */
const PLACED: ReadonlySet<string> = new Set(["level", "time", "msg"]);
const TRACE_FIELDS: ReadonlySet<string> = new Set(["trace_id", "span_id", "trace_flags"]);
const SERVICE_NAME = "service.name";
/** Maximum number of services that loggers of one process write lines for. Further names are attributes. */
const MAX_SERVICES = 32;
const SCOPE: InstrumentationScope = { name: "limelight", version: VERSION };

/**
 * Makes log records of the lines of `createLogger()`.
 *
 * `level` is the severity, `time` the time, `msg` the body, `event` the event name, and the ids of trace and
 * span are the record's own. All other fields become attributes under the names they have in the line, so that
 * a query finds the same lines whichever way they came. `event` is an attribute as well, for the same reason.
 */
export class LineRecords {
  readonly #resource: Resource;
  readonly #limits: LogLimits;
  readonly #clock: Clock;
  readonly #services = new Map<string, Resource>();

  constructor(resource: Resource, limits: LogLimits, clock: Clock) {
    this.#clock = clock;
    this.#resource = resource;
    this.#limits = limits;
  }

  /** Returns the record of a line. One that is not a JSON object is the body of its record, unchanged. */
  read(line: string): ReadableLogRecord {
    const fields = parse(line);
    if (fields === undefined) return this.#record(undefined, { body: line.trimEnd() });
    const { level, time, msg, event } = fields;
    const spanContext = spanContextOf(fields);
    const resource = this.#resourceOf(fields[SERVICE_NAME]);
    const { severityNumber, severityText } = severityOf(level);
    return this.#record(time, {
      severityNumber,
      severityText,
      ...(msg === undefined ? {} : { body: cutValue(msg, this.#limits.maxLength) }),
      ...(typeof event === "string" && event !== "" ? { eventName: event } : {}),
      ...(spanContext === undefined ? {} : { spanContext }),
      ...(resource === undefined ? {} : { resource }),
      ...this.#attributes(fields, spanContext !== undefined, resource !== undefined),
    });
  }

  #record(time: AnyValue, parts: Partial<ReadableLogRecord>): ReadableLogRecord {
    const timeMs = typeof time === "number" ? time : this.#clock.epochMs();
    const hrTime: HrTime = [Math.floor(timeMs / 1_000), (timeMs % 1_000) * 1_000_000];
    return {
      hrTime,
      hrTimeObserved: hrTime,
      resource: this.#resource,
      instrumentationScope: SCOPE,
      attributes: {},
      droppedAttributesCount: 0,
      ...parts,
    };
  }

  #attributes(
    fields: Fields,
    traced: boolean,
    hasService: boolean,
  ): Pick<ReadableLogRecord, "attributes" | "droppedAttributesCount"> {
    const { maxCount, maxLength } = this.#limits;
    const attributes: Fields = {};
    let kept = 0;
    let dropped = 0;
    for (const key of Object.keys(fields)) {
      if (PLACED.has(key) || (traced && TRACE_FIELDS.has(key))) continue;
      if (hasService && key === SERVICE_NAME) continue;
      if (kept >= maxCount) {
        dropped += 1;
        continue;
      }
      kept += 1;
      attributes[key] = cutValue(fields[key], maxLength);
    }
    return { attributes: attributes as Attributes, droppedAttributesCount: dropped };
  }

  /** Returns the resource of the service that a logger names, which may be another than the process's. */
  #resourceOf(service: AnyValue): Resource | undefined {
    if (typeof service !== "string") return undefined;
    if (service === this.#resource.attributes[SERVICE_NAME]) return this.#resource;
    const known = this.#services.get(service);
    if (known !== undefined) return known;
    if (this.#services.size >= MAX_SERVICES) return undefined;
    const { resourceFromAttributes } = loadResources();
    const made = this.#resource.merge(resourceFromAttributes({ [SERVICE_NAME]: service }));
    this.#services.set(service, made);
    return made;
  }
}

function parse(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Ids that a user's mixin has replaced by something else stay attributes. */
function spanContextOf(fields: Fields): SpanContext | undefined {
  const { trace_id: traceId, span_id: spanId, trace_flags: flags } = fields;
  if (typeof traceId !== "string" || typeof spanId !== "string") return undefined;
  const traceFlags = typeof flags === "string" ? Number.parseInt(flags, 16) : 0;
  const context = { traceId, spanId, traceFlags: Number.isNaN(traceFlags) ? 0 : traceFlags };
  return isSpanContextValid(context) ? context : undefined;
}
