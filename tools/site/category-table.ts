/** Categories of the reference, in the order of its pages, and the files below `src` that belong to each. */
export const CATEGORIES: readonly (readonly [category: string, files: RegExp])[] = [
  ["Systems and actors", /^(?:system\/|actor\/definition\/(?:actor-system|context|definition))/],
  ["Messages", /^actor\/definition\/(?:messages|ref|later-reply|pipe-options|dead-letter)/],
  ["Keyed actors", /^(?:activation\/definition\/|actor\/definition\/keyed-address)/],
  ["Pools and topics", /^actor\/(?:definition\/pool-ref|topic\/)/],
  ["Failures", /^(?:supervision\/|base\/errors)/],
  ["Health", /^health\//],
  ["Monitoring", /^(?:monitor\/|wire\/snapshot)/],
  ["Time", /^base\/clock/],
  ["Console", /^console\//],
  ["Answers of the console's API", /^wire\//],
  ["Logs", /^telemetry\/logs\//],
  ["Spans", /^telemetry\/(?:traces\/|process-taps)/],
  ["Metrics", /^telemetry\/(?:metrics\/|catalogue)/],
  ["Names and values", /^telemetry\/attributes/],
  ["The preload", /^preload/],
  ["Testing", /^testing\//],
];
