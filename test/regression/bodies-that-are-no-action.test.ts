import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type ActorRef, defineActor } from "../../src/index.ts";
import { ask, type ConsoleKit, openConsole } from "../_support/console-kit.ts";

interface Messages {
  add(c: unknown, ...args: unknown[]): number;
}

const DEPTH = 20_000;
const nested = (open: string, close: string): string => open.repeat(DEPTH) + close.repeat(DEPTH);

const VALUES = [
  '{"toString":1,"valueOf":1}',
  '{"toString":null}',
  '{"__proto__":null}',
  '{"constructor":{"prototype":1}}',
  '{"toJSON":1}',
  '["stop"]',
  '[["stop"]]',
  "[]",
  "{}",
  "0",
  "-0",
  "1e400",
  "true",
  "null",
  '""',
  '"constructor"',
  '"__proto__"',
  '"stop\\u0000"',
  '"\\ud800"',
  nested("[", "]"),
  `${'{"a":'.repeat(DEPTH / 2)}1${"}".repeat(DEPTH / 2)}`,
];

describe("POST /api/actions with a body that is no action", () => {
  let kit: ConsoleKit;
  let ref: ActorRef<Messages>;
  before(async () => {
    kit = await openConsole({ allowActions: true });
    const counter = defineActor("counter", { handlers: { add: (_c, ..._args: unknown[]) => 1 } });
    ref = kit.system.spawn(counter) as ActorRef<Messages>;
    await ref.whenReady();
  });
  after(() => kit[Symbol.asyncDispose]());

  async function refusals(bodies: readonly string[]): Promise<void> {
    const headers = {
      authorization: `Bearer ${kit.console.token}`,
      "content-type": "application/json",
      "x-limelight-action": "1",
    };
    for (const body of bodies) {
      const answer = await ask(kit.console.port, "/api/actions", { method: "POST", headers, body });

      assert.equal(answer.status, 400, `${body.slice(0, 100)}: ${answer.text}`);
      assert.equal(answer.json.error.code, "ERR_CONSOLE_BAD_REQUEST");
    }
    assert.equal(kit.system.books().active, 1);
  }

  it("refuses any value in the place of the whole", async () => {
    await refusals(["", " ", "{", "\u0000", "NaN", "undefined", ...VALUES]);
  });

  it("refuses any value as the action", async () => {
    const id = JSON.stringify(ref.id);

    await refusals(VALUES.map((value) => `{"action":${value}}`));
    await refusals(VALUES.map((value) => `{"action":${value},"id":${id}}`));
  });

  it("refuses any value that is no text as the id or the message", async () => {
    const values = VALUES.filter((value) => !value.startsWith('"'));
    const id = JSON.stringify(ref.id);

    await refusals(values.map((value) => `{"action":"stop","id":${value}}`));
    await refusals(
      values.map((value) => `{"action":"send","id":${id},"messageType":${value},"args":[]}`),
    );
  });

  it("refuses any value that is no list as the arguments", async () => {
    const id = JSON.stringify(ref.id);
    const values = VALUES.filter((value) => !value.startsWith("["));

    await refusals(
      values.map((value) => `{"action":"send","id":${id},"messageType":"add","args":${value}}`),
    );
  });

  it("refuses keys that no action has, `__proto__` among them", async () => {
    const id = JSON.stringify(ref.id);

    await refusals([
      `{"action":"stop","id":${id},"__proto__":{"toString":1}}`,
      `{"__proto__":{"action":"stop","id":${id}}}`,
      `{"action":"stop","id":${id},"toString":1}`,
      `{"action":"stop","id":${id},"constructor":null}`,
    ]);
  });

  it("sends arguments of any shape as they are", async () => {
    const headers = { "x-limelight-action": "1" };
    for (const value of ['{"toString":1,"valueOf":1}', '{"__proto__":1}', "[[]]", "null"]) {
      const action = { action: "send", id: ref.id, messageType: "add", args: [JSON.parse(value)] };

      const { status } = await kit.post("/api/actions", action, headers);

      assert.equal(status, 202, value);
    }
  });
});
