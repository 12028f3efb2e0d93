/**
 * Limits of everything that travels between the processes of a cluster. Sizes are bytes of UTF-8, and are checked before
 * anything is decoded. Viewers show this table.
 */
export const LIMITS = {
  /** A runner's or node's id and name. */
  idLength: 64,
  /** An address: type and key text as tokens. Subjects of servers are limited, with some room for prefixes. */
  addressLength: 3_072,
  /** A record of a placement, with its outbox. */
  placementBytes: 262_144,
  runnerBytes: 131_072,
  heartbeatBytes: 4_096,
  /** One command in its log. */
  commandBytes: 131_072,
  /** Commands that may be in the outbox of one placement. */
  outboxCommands: 32,
  /** JSON of a command or event: the input of a new actor, the due entry of a wake. */
  dataBytes: 65_536,
  /** JSON of a signal. */
  signalDataBytes: 2_048,
  /** Depth of any JSON; of metadata see below. */
  jsonDepth: 64,
  /** One message of the log of events. */
  eventBatchBytes: 262_144,
  eventsPerBatch: 64,
  /** A request to the coordinator, or its answer. */
  requestBytes: 131_072,
  /** How long a request to the coordinator may wait, in milliseconds. */
  waitMs: 3_600_000,
  reasonLength: 128,
  /** Text of an error that travels. */
  textLength: 1_024,
  tracestateLength: 512,
  /** Keyed types that one runner serves. */
  types: 1_024,
  labels: 64,
  labelLength: 256,
  metadataBytes: 16_384,
  metadataDepth: 8,
  metadataKeys: 128,
} as const;
