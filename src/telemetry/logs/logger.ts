import {
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  pino,
  destination as pinoDestination,
  stdSerializers,
  stdTimeFunctions,
} from "pino";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { numberOption, optionKeys, requireKnownKeys, requireMethods } from "../../base/options.ts";
import type { ActorIdentity } from "../context/actor-scope.ts";
import { identityFields } from "./correlation.ts";
import { errorFields } from "./error-fields.ts";
import type { LineSettings } from "./line-composer.ts";
import { LineLayout } from "./line-layout.ts";
import {
  bind,
  callGuarded,
  isLineLogger,
  type LineExtras,
  type LineLogger,
  tieTo,
  writeGuardedLines,
} from "./line-logger.ts";
import { logLevelOf } from "./log-level.ts";
import { levelText, type PinoInternals, TIME } from "./pino-internals.ts";
import type { RedactPaths } from "./redact-paths.ts";
import { SecretKeys } from "./secret-keys.ts";

const STDOUT_FD = 1;
const DEFAULT_LINE_BYTES = 65_536;
const LINE_BYTES = { min: 1_024, max: 16_777_216, integer: true };

/** Options of {@link createLogger}. */
export interface CreateLoggerOptions {
  /** Lowest level written. Default: `LIMELIGHT_LOG_LEVEL`, else `info`. */
  readonly level?: string;
  /**
   * Stream that lines are written to. Default: stdout, written synchronously so that no line is lost at exit.
   */
  readonly destination?: DestinationStream;
  /** `service.name` of every line. Default: taken from OpenTelemetry's environment variables. */
  readonly serviceName?: string;
  /**
   * Further keys whose values are redacted, in addition to the built-in list; `false` turns the built-in list
   * off. Paths in pino's own `redact` are redacted in any case. Default: the built-in list.
   */
  readonly redact?: false | readonly string[];
  /**
   * Maximum length of a line in bytes, at least 1,024. Longer lines are cut and report it. Default 65,536.
   */
  readonly maxLineBytes?: number;
  /** Further pino options. The fields of a user's `mixin` take precedence over limelight's. Default: none. */
  readonly pino?: LoggerOptions;
}

const LOGGER_OPTIONS = optionKeys<CreateLoggerOptions>({
  level: true,
  destination: true,
  serviceName: true,
  redact: true,
  maxLineBytes: true,
  pino: true,
});

/** Returns the service name from OpenTelemetry's environment variables. */
export function serviceNameOf(env: NodeJS.ProcessEnv): string | undefined {
  const name = env["OTEL_SERVICE_NAME"];
  if (name !== undefined && name !== "") return name;
  const [, value] =
    /(?:^|,)\s*service\.name\s*=([^,]*)/.exec(env["OTEL_RESOURCE_ATTRIBUTES"] ?? "") ?? [];
  try {
    return value === undefined ? undefined : decodeURIComponent(value.trim());
  } catch {
    return value; // not percent-encoded as the specification requires: used unchanged
  }
}

/**
 * Creates a pino logger whose every line carries the active trace and actor.
 *
 * Each line is one JSON object: `level`, `time` (epoch ms), `service.name`, `trace_id`, `span_id`,
 * `trace_flags`, `actor_id`, `actor_type`, `actor_key` and `actor_generation` of a keyed actor, the line's own
 * fields, `msg`. These names are reserved: a user's
 * field of the same name is written with the prefix `fields.`. No log call throws, whatever its arguments.
 * Secrets are redacted by key and inside texts; docs/telemetry.md states the rule.
 *
 * @throws UsageError `ERR_INVALID_OPTION`
 * @example
 * ```ts
 * const log = createLogger({ level: "debug", serviceName: "shop", redact: ["iban"] });
 * log.info({ orderId: 17 }, "order placed");
 * ```
 */
export function createLogger(options: CreateLoggerOptions = {}): Logger {
  requireKnownKeys("`createLogger`", options, LOGGER_OPTIONS);
  requireMethods("destination", options.destination, ["write"]);
  const given = withoutUndefined(options.pino ?? {});
  const { redact, base, name, hooks, mixin, mixinMergeStrategy, ...extra } = given;
  const serviceName = options.serviceName ?? serviceNameOf(process.env);
  const settings: LoggerOptions = {
    level: logLevelOf(process.env, extra.customLevels),
    timestamp: stdTimeFunctions.epochTime,
    ...extra,
    ...(options.level === undefined ? {} : { level: options.level }),
    serializers: serializersWith(extra.serializers),
    base: null,
    hooks: {
      logMethod(this: Logger, args, method, level) {
        const own = hooks?.logMethod;
        const call = (): void => {
          if (own === undefined) Reflect.apply(method, this, args);
          else own.call(this, args, method, level);
        };
        callGuarded(this as LineLogger, call, args, level);
      },
    },
  };
  const lineSettings = settle(options, extra);
  // pino's default destination is asynchronous: a crash would lose the lines that explain it.
  const stdout = (): DestinationStream => pinoDestination({ dest: STDOUT_FD, sync: true });
  const logger = pino(settings, options.destination ?? stdout());
  const extras: LineExtras = {
    mixin: mixin as LineExtras["mixin"],
    mergeMixin: mixinMergeStrategy,
    streamWrite: hooks?.streamWrite,
  };
  const layout = new LineLayout(ownNames(logger as PinoInternals, extra));
  const paths = redact === undefined || redact === null ? [] : [redact as RedactPaths];
  const lines = writeGuardedLines(logger, { ...lineSettings, layout }, paths, extras);
  const service = serviceName === undefined ? null : { "service.name": serviceName };
  const bindings = base === undefined ? service : base;
  if (bindings !== null) bind(lines, name === undefined ? bindings : { ...bindings, name });
  return lines;
}

/** An option present with the value `undefined` means its default, in pino's options as well. */
function withoutUndefined(options: LoggerOptions): LoggerOptions {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as LoggerOptions;
}

type Serializers = NonNullable<LoggerOptions["serializers"]>;

/** pino's own error serializer marks the errors it reads, which throws for a frozen error. */
function serializersWith(own: Serializers | undefined): Serializers {
  const err = own?.["err"];
  return { ...own, err: err === undefined || err === stdSerializers.err ? errorFields : err };
}

function settle(
  { redact, maxLineBytes }: CreateLoggerOptions,
  { messageKey = "msg", errorKey = "err", nestedKey, crlf }: LoggerOptions,
): Omit<LineSettings, "layout"> {
  const valid = redact === undefined || redact === false || isTexts(redact);
  if (!valid) {
    throw new UsageError("`redact` must be false or a list of keys", {
      code: ErrorCode.InvalidOption,
    });
  }
  return {
    secrets: redact === false ? undefined : new SecretKeys(redact),
    maxLineBytes: numberOption("maxLineBytes", maxLineBytes, DEFAULT_LINE_BYTES, LINE_BYTES),
    messageKey,
    errorKey,
    nestedKey,
    end: crlf === true ? "}\r\n" : "}\n",
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Returns the names that the user's options give to the fields present in every line. */
function ownNames(logger: PinoInternals, { messageKey, nestedKey }: LoggerOptions): string[] {
  const names = [messageKey, nestedKey].filter((name) => name !== undefined);
  const time = String((logger[TIME] as () => unknown)());
  for (const text of [`${levelText(logger, 30)}}`, `{${time.slice(1)}}`]) {
    try {
      names.push(...Object.keys(JSON.parse(text) as object));
    } catch {
      // The time field is not JSON by itself.
    }
  }
  return names;
}

/**
 * Returns the logger of one actor.
 *
 * A logger from {@link createLogger} reads the identity from the context; any other logger gets it as fixed
 * fields.
 */
export function actorLogger(logger: Logger, actor: ActorIdentity): Logger {
  if (isLineLogger(logger)) return tieTo(logger, actor);
  try {
    return logger.child(identityFields(actor));
  } catch {
    return logger; // its lines lack the identity
  }
}
