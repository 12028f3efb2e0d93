import {
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  pino,
  destination as pinoDestination,
  stdSerializers,
  stdTimeFunctions,
} from "pino";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { numberOption, optionKeys, requireKnownKeys, requireMethods } from "../base/options.ts";
import type { ActorIdentity } from "./actor-scope.ts";
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
  /** Lowest level written; default `LIMELIGHT_LOG_LEVEL`, else `info`. */
  readonly level?: string;
  /** Where lines go; default is stdout, written synchronously so that no line is lost at exit. */
  readonly destination?: DestinationStream;
  /** `service.name` of every line; default as OpenTelemetry's variables say. */
  readonly serviceName?: string;
  /**
   * Further keys whose values are blanked, beside the built-in list; `false` blanks nothing of the built-in
   * list. What pino's own `redact` names is blanked in any case.
   */
  readonly redact?: false | readonly string[];
  /** Longest line in bytes, from 1,024; what is beyond is cut, and the line says so. Default 65,536. */
  readonly maxLineBytes?: number;
  /** Further pino options; a `mixin` of yours wins over limelight's fields. */
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

/**
 * Creates a pino logger whose every line carries the active trace and actor.
 *
 * One JSON object a line: `level`, `time` (epoch ms), `service.name`, `trace_id`, `span_id`,
 * `trace_flags`, `actor_id`, `actor_type`, the line's own fields, `msg`. These names are the line's: a field
 * of yours that is called like one of them stands under `fields.`. No log call throws, whatever it is
 * given. Secrets are blanked by key and inside of texts; docs/telemetry.md has the rule.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
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
  // pino's own default writes in the background: a crash would take the lines that explain it along.
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

/** An option that is there and `undefined` means its default, in pino's options, too. */
function withoutUndefined(options: LoggerOptions): LoggerOptions {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as LoggerOptions;
}

type Serializers = NonNullable<LoggerOptions["serializers"]>;

/** pino's own serializer of errors marks what it reads, which a frozen error does not allow. */
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

/** What the user's options call the fields that every line has. */
function ownNames(logger: PinoInternals, { messageKey, nestedKey }: LoggerOptions): string[] {
  const names = [messageKey, nestedKey].filter((name) => name !== undefined);
  const time = String((logger[TIME] as () => unknown)());
  for (const text of [`${levelText(logger, 30)}}`, `{${time.slice(1)}}`]) {
    try {
      names.push(...Object.keys(JSON.parse(text) as object));
    } catch {
      // A time that is not JSON on its own.
    }
  }
  return names;
}

/**
 * The logger of one actor. A logger of {@link createLogger} finds the identity in the context; any
 * other gets it as fixed fields.
 */
export function actorLogger(logger: Logger, actor: ActorIdentity): Logger {
  if (isLineLogger(logger)) return tieTo(logger, actor);
  return logger.child({ actor_id: actor.actorId, actor_type: actor.actorType });
}
