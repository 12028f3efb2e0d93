import type { Span } from "@opentelemetry/api";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { sendingContext } from "../../actor/delivery/sending-context.ts";
import { log, writes } from "../../actor/lifecycle/logging.ts";
import { ErrorCode, errorType, LimelightError } from "../../base/errors.ts";
import { Attribute, type StatementClass } from "../../telemetry/attributes.ts";
import { baseOf, spanOf } from "../../telemetry/context/actor-scope.ts";
import { finishSpan } from "../../telemetry/traces/guarded-spans.ts";
import type { DatabaseSettings } from "../definition/keyed-settings.ts";
import type { SqlAnswer } from "../sql/sql-messages.ts";
import { shownSql, statementClass } from "../sql/sql-text.ts";
import type { StatementPoints } from "./statement-points.ts";
import type { SqlObserver, StatementWatch } from "./statement-watch.ts";

/** What is known of a statement that has ended. */
interface End {
  readonly answer: SqlAnswer | undefined;
  readonly thrown: unknown;
}

/** One statement, from its call to its end: a span, points and a debug line. Values appear in none of them. */
class CellStatement implements StatementWatch {
  readonly #cell: ActorCell;
  readonly #settings: DatabaseSettings;
  readonly #points: StatementPoints;
  readonly #sql: string;
  readonly #class: StatementClass;
  readonly #calledMs: number;
  readonly #span: Span | undefined;
  #begunMs: number | undefined;

  constructor(cell: ActorCell, settings: DatabaseSettings, points: StatementPoints, sql: string) {
    this.#cell = cell;
    this.#settings = settings;
    this.#points = points;
    this.#sql = sql;
    this.#class = statementClass(sql);
    this.#calledMs = cell.type.system.clock.monotonicMs();
    this.#span = this.#openSpan();
    points.depth.add(1);
  }

  readonly began = (): void => {
    this.#begunMs = this.#cell.type.system.clock.monotonicMs();
    this.#points.depth.add(-1);
    this.#points.active.add(1);
  };

  ended(answer: SqlAnswer): void {
    this.#end({ answer, thrown: undefined });
  }

  failed(thrown: unknown): void {
    this.#end({ answer: undefined, thrown });
  }

  #openSpan(): Span | undefined {
    const { system } = this.#cell.type;
    const active = sendingContext(system);
    const parent = spanOf(active);
    const name = `${this.#cell.actorType} sql ${this.#class}`;
    const span = system.tracing.openOwn(name, this.#cell, baseOf(active), parent, {
      attributes: {
        "db.system.name": "sqlite",
        [Attribute.StatementClass]: this.#class,
        ...(this.#settings.traceSql ? { "db.query.text": shownSql(this.#sql) } : {}),
      },
    });
    return span === parent ? undefined : span;
  }

  #end({ answer, thrown }: End): void {
    const nowMs = this.#cell.type.system.clock.monotonicMs();
    const begunMs = this.#begunMs;
    if (begunMs === undefined) this.#points.depth.add(-1);
    else this.#points.active.add(-1);
    const ranMs = begunMs === undefined ? undefined : nowMs - begunMs;
    this.#points.ended(this.#class, ranMs, thrown);
    this.#endSpan(answer, thrown);
    this.#log(ranMs, { answer, thrown });
  }

  /** Without the text of the error: SQLite quotes parts of some values, such as a search text, in it. */
  #endSpan(answer: SqlAnswer | undefined, thrown: unknown): void {
    const span = this.#span;
    if (span === undefined) return;
    if (answer === undefined) {
      const code = LimelightError.is(thrown) ? thrown.code : ErrorCode.Sql;
      finishSpan(span, new LimelightError("the statement failed", { code }));
      return;
    }
    if (span.isRecording()) span.setAttribute("db.response.returned_rows", answer.rows.length);
    finishSpan(span, undefined);
  }

  #log(ranMs: number | undefined, { answer, thrown }: End): void {
    const { system } = this.#cell.type;
    const isSlow = ranMs !== undefined && ranMs >= this.#settings.slowStatementMs;
    const isDebug = writes(this.#cell.log, "debug");
    if (!isSlow && !isDebug) return;
    const waitMs = (this.#begunMs ?? system.clock.monotonicMs()) - this.#calledMs;
    const fields = {
      class: this.#class,
      sql: shownSql(this.#sql),
      duration_ms: ranMs,
      wait_ms: waitMs,
      rows: answer?.rows.length,
      changes: answer?.changes,
      ...(thrown === undefined ? {} : { error_type: errorType(thrown) }),
    };
    if (isDebug) log(this.#cell, "debug", { event: "actor.sql", ...fields }, "SQL statement");
    if (!isSlow) return;
    const { actorType, actorId } = this.#cell;
    const named = { target_id: actorId, target_type: actorType, ...fields };
    system.warn("actor.sql.slow", actorType, named, "slow SQL statement");
  }
}

/** Reports the statements of one actor. */
export class CellObserver implements SqlObserver {
  readonly #cell: ActorCell;
  readonly #settings: DatabaseSettings;
  readonly #points: StatementPoints;

  constructor(cell: ActorCell, settings: DatabaseSettings, points: StatementPoints) {
    this.#cell = cell;
    this.#settings = settings;
    this.#points = points;
  }

  watch(sql: string): StatementWatch {
    return new CellStatement(this.#cell, this.#settings, this.#points, sql);
  }
}
