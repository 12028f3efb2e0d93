import { type Context, context, type SpanContext, trace } from "@opentelemetry/api";
import {
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  pino,
  destination as pinoDestination,
  stdTimeFunctions,
} from "pino";
import { type ActorIdentity, ActorScope } from "./actor-scope.ts";
import { logLevelOf } from "./log-level.ts";
import { processTaps } from "./process-taps.ts";

/** Ties a logger to its actor, whose lines are its own wherever they are written. */
const ACTOR = Symbol("limelight.actor");

/** Keys whose values never reach a log line, at the top level and one level down. */
const SECRET_KEYS = [
  "password",
  "passwd",
  "secret",
  "token",
  "authorization",
  "cookie",
  "apiKey",
  "api_key",
  "accessToken",
  "refreshToken",
];
const REDACTED_PATHS: readonly string[] = SECRET_KEYS.flatMap((key) => [key, `*.${key}`]);

const STDOUT_FD = 1;

/** Options of {@link createLogger}. */
export interface CreateLoggerOptions {
  /** Lowest level written; default `LIMELIGHT_LOG_LEVEL`, else `info`. */
  readonly level?: string;
  /** Where lines go; default is stdout, written synchronously so that no line is lost at exit. */
  readonly destination?: DestinationStream;
  /** `service.name` of every line; default as OpenTelemetry's variables say. */
  readonly serviceName?: string;
  /** Further pino options; a `mixin` of yours wins over limelight's fields. */
  readonly pino?: LoggerOptions;
}

/** The fields that say in whose trace and in which actor a line was written. */
export interface CorrelationFields {
  trace_id?: string;
  span_id?: string;
  trace_flags?: string;
  actor_id?: string;
  actor_type?: string;
}

/** `trace_flags` as the W3C writes them: two hex digits. */
function formatTraceFlags(spanContext: SpanContext): string {
  return spanContext.traceFlags.toString(16).padStart(2, "0");
}

/**
 * The correlation of `active`, on a fresh object: pino writes the line's own fields into it.
 *
 * @param owner the actor whose logger writes the line; without one, the actor `active` belongs to
 */
function correlationOf(active: Context, owner?: ActorIdentity): CorrelationFields {
  const fields: CorrelationFields = {};
  const spanContext = trace.getSpanContext(active);
  if (spanContext !== undefined && trace.isSpanContextValid(spanContext)) {
    fields.trace_id = spanContext.traceId;
    fields.span_id = spanContext.spanId;
    fields.trace_flags = formatTraceFlags(spanContext);
  }
  const actor = owner ?? (active instanceof ActorScope ? active.actor : undefined);
  if (actor !== undefined) {
    fields.actor_id = actor.actorId;
    fields.actor_type = actor.actorType;
  }
  return fields;
}

/** The service's name as OpenTelemetry's variables give it. */
export function serviceNameOf(env: NodeJS.ProcessEnv): string | undefined {
  const name = env["OTEL_SERVICE_NAME"];
  if (name !== undefined && name !== "") return name;
  const [, value] =
    /(?:^|,)\s*service\.name\s*=([^,]*)/.exec(env["OTEL_RESOURCE_ATTRIBUTES"] ?? "") ?? [];
  try {
    return value === undefined ? undefined : decodeURIComponent(value.trim());
  } catch {
    return value; // not percent-encoded as the specification wants it: better as it is than not at all
  }
}

/** Shows each line to whoever looks at this process; `own` is the hook of the logger's user. */
function tapLines(own: ((line: string) => string) | undefined): (line: string) => string {
  const { lines } = processTaps;
  return (written) => {
    const line = own === undefined ? written : own(written);
    if (lines.attached) lines.pass(line);
    return line;
  };
}

/**
 * Creates a pino logger whose every line carries the active trace and actor.
 *
 * One JSON object a line: `level`, `time` (epoch ms), `service.name`, `trace_id`, `span_id`,
 * `trace_flags`, `actor_id`, `actor_type`, the line's own fields, `msg`. Values under keys such as
 * `password` or `token` are redacted.
 */
export function createLogger(options: CreateLoggerOptions = {}): Logger {
  const { destination, pino: extra } = options;
  const serviceName = options.serviceName ?? serviceNameOf(process.env);
  const settings: LoggerOptions = {
    level: options.level ?? logLevelOf(process.env, extra?.customLevels),
    base: serviceName === undefined ? null : { "service.name": serviceName },
    timestamp: stdTimeFunctions.epochTime,
    redact: { paths: [...REDACTED_PATHS], censor: "[redacted]" },
    ...extra,
    hooks: { ...extra?.hooks, streamWrite: tapLines(extra?.hooks?.streamWrite) },
    mixin(merged, level, logger) {
      const fields = correlationOf(context.active(), (logger as TiedLogger)[ACTOR]);
      const own = extra?.mixin?.(merged, level, logger);
      return own === undefined ? fields : Object.assign(fields, own);
    },
  };
  // pino's own default writes in the background: a crash would take the lines that explain it along.
  const stdout = (): DestinationStream => pinoDestination({ dest: STDOUT_FD, sync: true });
  const logger = pino(settings, destination ?? stdout());
  (logger as TiedLogger)[CORRELATED] = true;
  return logger;
}

/** Marks loggers whose mixin is limelight's. */
const CORRELATED = Symbol("limelight.correlated");

type TiedLogger = Logger & { [ACTOR]?: ActorIdentity; [CORRELATED]?: true };

/**
 * The logger of one actor. A logger of {@link createLogger} finds the identity in the context; any
 * other gets it as fixed fields.
 */
export function actorLogger(logger: Logger, actor: ActorIdentity): Logger {
  if ((logger as TiedLogger)[CORRELATED] !== true) {
    return logger.child({ actor_id: actor.actorId, actor_type: actor.actorType });
  }
  const tied: TiedLogger = Object.create(logger) as TiedLogger;
  tied[ACTOR] = actor;
  return tied;
}
