import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { VERSION } from "../version.ts";
import type { SpanResource } from "./sdk-shapes.ts";

/** A resource with attributes that are known from the start, for providers that are given none. */
class PlainResource implements SpanResource {
  readonly attributes: Attributes;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  /** Returns the resource of both; where they differ, `other` holds. */
  merge(other: SpanResource | null): PlainResource {
    return new PlainResource({ ...this.attributes, ...other?.attributes });
  }

  /** As the SDK's resources: the attributes in order. */
  getRawAttributes(): [string, AttributeValue | undefined][] {
    return Object.entries(this.attributes);
  }
}

/** Returns the resource of a process that has not been given one. */
export function defaultResource(): SpanResource {
  return new PlainResource({
    "service.name": "unknown_service:node",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.name": "limelight",
    "telemetry.sdk.version": VERSION,
  });
}
