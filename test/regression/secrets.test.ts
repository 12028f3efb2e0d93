import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, it } from "node:test";
import { pino } from "pino";
import { defineActor } from "../../src/index.ts";
import { openSystem } from "../_support/actor-system.ts";
import { keepLines } from "../_support/log-lines.ts";

const BLANK = "[redacted]";
const SPELLINGS = [
  "password",
  "PASSWORD",
  "userPassword",
  "db_password",
  "passwd",
  "pwd",
  "pass",
  "passphrase",
  "secret",
  "clientSecret",
  "client_secret",
  "Token",
  "access_token",
  "accessToken",
  "refresh_token",
  "sessionToken",
  "Authorization",
  "proxy-authorization",
  "Cookie",
  "Set-Cookie",
  "ApiKey",
  "api-key",
  "x-api-key",
  "X-Api-Key",
  "private_key",
  "privateKey",
  "credentials",
  "jwt",
  "bearer",
  "http.request.header.authorization",
  "user.password",
  "db.connection_string",
];
const HARMLESS = ["author", "compass", "monkey", "tokens", "passed", "key", "keyboard", "order"];

/** An error as HTTP clients make them. */
function clientError(): Error {
  const sent = request({ host: "127.0.0.1", port: 1, headers: { Authorization: "Bearer s3cret" } });
  sent.on("error", () => {});
  sent.destroy();
  return Object.assign(new Error("Request failed at https://u:s3cret@host/?token=s3cret"), {
    code: "ERR_BAD_REQUEST",
    config: { headers: { Authorization: "Bearer s3cret" }, data: '{"password":"s3cret"}' },
    request: sent,
    response: { headers: { "set-cookie": ["sid=s3cret"] } },
    connection: { config: { password: "s3cret" } },
    rows: Array.from({ length: 50_000 }, (_, at) => ({ at })),
  });
}

describe("secrets in log lines", () => {
  for (const key of SPELLINGS) {
    it(`are blanked under ${key}, wherever it stands`, () => {
      const { logger, line } = keepLines();
      const bag = { [key]: "s3cret", order: 1 };
      const blanked = { [key]: BLANK, order: 1 };

      logger.child({ bound: bag }).info({ ...bag, deep: { a: { b: [[bag]] } } }, "said");

      const { deep, bound, ...top } = line();
      assert.equal(top[key], BLANK);
      assert.deepEqual(bound, blanked);
      assert.deepEqual(deep, { a: { b: [[blanked]] } });
    });
  }

  it("are no words that only look like one", () => {
    const { logger, line } = keepLines();

    for (const key of HARMLESS) {
      logger.info({ [key]: "shown" }, "said");
      assert.equal(line()[key], "shown", key);
    }
  });

  const texts: Readonly<Record<string, string>> = {
    "an address": "http://u:s3cret@host/path?page=2",
    "a token as the user": "https://s3cret@host/path",
    "a parameter": "https://host/?page=2&access_token=s3cret#top",
    "a path": "/callback?token=s3cret&state=1",
    "a signed address": "https://host/file?X-Amz-Signature=s3cret&sig=s3cret",
    "a form": "grant_type=x&client_secret=s3cret&user=7",
    "a connection string": "Server=db;User Id=sa;Password=s3cret s3cret;Database=x",
    "a JSON text": '{"password":"s3cret","page":2}',
    "an inspected object": "{ headers: { 'x-api-key': 's3cret' } }",
    "a header":
      "GET / HTTP/1.1\r\nHost: host\r\nAuthorization: Basic s3cret=\r\nCookie: sid=s3cret\r\n",
    "a bearer token": "refused Bearer s3cret.s3cret",
  };
  for (const [what, text] of Object.entries(texts)) {
    it(`are blanked inside of ${what}`, () => {
      const { logger, written } = keepLines();

      logger.info({ text, list: [text], url: text }, text);
      logger.child({ text }).error({ err: new Error(text) });
      logger.info("given %s %o", text, { text });

      for (const line of written) assert.doesNotMatch(line, /s3cret/);
    });
  }

  it("are blanked by what pino's `redact` names, and still by the built-in list", () => {
    const paths = ["card", "user.iban", "list[*].pin", 'odd["a-b"]', "*.deep"];
    for (const redact of [paths, { paths, censor: BLANK }, { paths, censor: () => BLANK }]) {
      const { logger, line } = keepLines({ pino: { redact: redact as string[] } });

      logger.info({
        card: "4111",
        password: "p",
        user: { iban: "DE1", token: "t", name: "alice" },
        list: [{ pin: 1, at: 0 }],
        odd: { "a-b": 1, c: 2 },
        any: { deep: 1 },
      });

      const { level, time, ...fields } = line();
      assert.deepEqual(fields, {
        card: BLANK,
        password: BLANK,
        user: { iban: BLANK, token: BLANK, name: "alice" },
        list: [{ pin: BLANK, at: 0 }],
        odd: { "a-b": BLANK, c: 2 },
        any: { deep: BLANK },
      });
    }
  });

  it("are left out where pino's `redact` removes them", () => {
    const { logger, line } = keepLines({ pino: { redact: { paths: ["card"], remove: true } } });

    logger.info({ card: "4111", token: "t" }, "paid");

    assert.deepEqual([line()["card"], line()["token"]], [undefined, BLANK]);
  });

  it("stay blanked in children with a `redact` of their own, and with none", () => {
    for (const redact of [[], undefined, ["card"]] as (string[] | undefined)[]) {
      const { logger, line } = keepLines(redact === undefined ? {} : { pino: { redact } });
      const child = logger.child({ token: "t" }, { redact: ["pin"] });

      child.info({ pin: 1, password: "p", card: "4111" }, "paid");

      const { token, pin, password, card } = line();
      assert.deepEqual([token, pin, password], [BLANK, BLANK, BLANK]);
      assert.equal(card, redact?.includes("card") === true ? BLANK : "4111");
    }
  });

  it("are blanked under further keys, in any spelling", () => {
    const { logger, line } = keepLines({ redact: ["iban"] });

    logger.info({ IBAN: "DE1", "user.iban": "DE2", token: "t", text: "iban=DE3" }, "paid");

    const { IBAN, "user.iban": user, token, text } = line();
    assert.deepEqual([IBAN, user, token, text], [BLANK, BLANK, BLANK, `iban=${BLANK}`]);
  });

  it("are shown where the logger is told so, and nowhere else", () => {
    const { logger, line } = keepLines({ redact: false });

    logger.info({ token: "t", url: "http://u:p@h/" }, "debugging");

    assert.deepEqual([line()["token"], line()["url"]], ["t", "http://u:p@h/"]);
    assert.throws(() => keepLines({ redact: true as never }), { code: "ERR_INVALID_OPTION" });
  });

  it("leave the level that was asked for alone", () => {
    const { logger } = keepLines({ level: "info", pino: { level: "error" } });

    assert.equal(logger.level, "info");
  });
});

describe("the line of a failed actor", () => {
  const caller = defineActor("caller", {
    handlers: {
      call() {
        throw clientError();
      },
      ping: () => "pong",
    },
  });

  it("has of an error its type, message, code, stack and cause, and is short", async () => {
    const { logger, written, line } = keepLines({ level: "debug" });
    await using open = openSystem({ logger });
    const ref = open.system.spawn(caller);
    ref.tell.call();
    await ref.ask.ping();
    await ref.ask.call().catch(() => {});

    const failed = written.findIndex((text) => text.includes('"actor.failed"'));
    const { type, message, code, stack, cause, ...rest } = line(failed)["err"] as object as Record<
      string,
      unknown
    >;

    assert.deepEqual([type, code, cause, rest], ["Error", "ERR_BAD_REQUEST", undefined, {}]);
    assert.equal(message, `Request failed at https://${BLANK}@host/?token=${BLANK}`);
    assert.match(String(stack), /secrets\.test\.ts/);
    for (const text of written) {
      assert.ok(text.length < 8_000);
      assert.doesNotMatch(text, /s3cret/);
    }
  });

  it("is as short and clean in a logger of pino's own", async () => {
    const written: string[] = [];
    const logger = pino({ level: "debug" }, { write: (text: string) => void written.push(text) });
    await using open = openSystem({ logger });
    const ref = open.system.spawn(caller);
    ref.tell.call();
    await ref.ask.ping();

    const failed = written.find((text) => text.includes('"actor.failed"')) ?? "";

    assert.match(failed, /"err":\{"type":"Error","message":"Request failed at/);
    for (const text of written) assert.doesNotMatch(text, /s3cret|50000/);
  });

  it("keeps its bounds, however long the error's texts are", async () => {
    const { logger, written } = keepLines();
    await using open = openSystem({ logger });
    const long = defineActor("long", {
      handlers: {
        fail() {
          throw new Error("x".repeat(6_000_000), { cause: new Error("y".repeat(6_000_000)) });
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(long);
    ref.tell.fail();
    await ref.ask.ping();

    const failed = written.find((text) => text.includes('"actor.failed"')) ?? "";

    assert.match(failed, /"message":"xxx.*more characters\]/);
    assert.ok(failed.length < 40_000, String(failed.length));
  });
});
