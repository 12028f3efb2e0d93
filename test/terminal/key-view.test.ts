import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createConsole } from "../../src/console.ts";
import { addKeyViews } from "../../src/monitor/keys/key-views.ts";
import { parseAddress } from "../../src/terminal/connection/console-address.ts";
import { ConsoleClient } from "../../src/terminal/connection/console-client.ts";
import type { KeyLook } from "../../src/terminal/connection/key-looks.ts";
import {
  type KeyViewState,
  openKeyView,
  pressInKeyView,
  settleKeyView,
  wishOf,
} from "../../src/terminal/key-view/key-view-state.ts";
import { Session } from "../../src/terminal/session.ts";
import { UNICODE_GLYPHS } from "../../src/terminal/text/glyphs.ts";
import { NamedKey } from "../../src/terminal/text/named-key.ts";
import { textOf } from "../../src/terminal/text/styled-line.ts";
import { ManualClock } from "../../src/testing.ts";
import { openSystem } from "../_support/actor-system.ts";
import { FakeKeys, keyRow } from "../_support/console-keys.ts";
import { until } from "../_support/telemetry-until.ts";
import { draw, partsOf } from "../_support/terminal-screens.ts";
import { frameOf, NOW_AT_MS, snapshotOf } from "../_support/wire-rows.ts";

const types = ["cart", "room"].map((type, at) => ({
  system: "shop",
  type,
  defined: at === 0,
  awake: 1,
  asleep: 12_000,
  more: at === 0,
}));

function lookAt(ids: readonly string[], parts: Partial<KeyLook> = {}): KeyLook {
  const keys = ids.map((id) => ({
    ...keyRow("cart", [id], { awake: id === "b", usedAtMs: NOW_AT_MS - 5_000 }),
    system: "shop",
  }));
  return { types, type: "cart", list: { keys, cursor: null }, detail: undefined, ...parts };
}

/** A view of three lines, and the keys that are pressed in it. */
class Keyboard {
  view: KeyViewState | undefined = openKeyView();
  look: KeyLook = lookAt(["a", "b", "c", "d", "e"]);

  press(...keys: readonly string[]): this {
    for (const key of keys) {
      const visible = { look: this.look, pageRows: 3, paneSurplus: 4 };
      const view = this.view === undefined ? undefined : pressInKeyView(this.view, key, visible);
      this.view = view === undefined ? undefined : settleKeyView(view, visible);
    }
    return this;
  }

  get at(): readonly [number | undefined, number | undefined, string | undefined] {
    return [this.view?.at, this.view?.top, this.view?.openId];
  }
}

describe("keys in the view of stored keys", () => {
  it("move the cursor, and what is inspected with it", () => {
    const keyboard = new Keyboard();
    assert.deepEqual(keyboard.press("j", "j", "j").at, [3, 1, undefined]);
    assert.deepEqual(keyboard.press(NamedKey.Enter).at, [3, 1, "cart/d"]);
    assert.deepEqual(keyboard.press("k").at, [2, 1, "cart/c"]);
    assert.equal(keyboard.press(NamedKey.PageDown).view?.paneTop, 3);
    assert.deepEqual(keyboard.press(NamedKey.End).at, [4, 2, "cart/e"]);
    assert.deepEqual(keyboard.press(NamedKey.Escape, NamedKey.Home).at, [0, 0, undefined]);
    assert.equal(keyboard.press(NamedKey.Escape).view, undefined);
  });

  it("choose type, state and prefix", () => {
    const keyboard = new Keyboard();
    assert.equal(keyboard.press(NamedKey.Tab).view?.type, "room");
    keyboard.look = lookAt([], { type: "room" });
    assert.equal(keyboard.press(NamedKey.Left).view?.type, "cart");
    assert.equal(keyboard.press("a").view?.state, "awake");
    assert.equal(keyboard.press("a", "a").view?.state, undefined);
    keyboard.press("/", "v", "x", NamedKey.Backspace, "a", NamedKey.Enter);
    assert.deepEqual([keyboard.view?.prefix, keyboard.view?.editing], ["va", false]);
    assert.equal(keyboard.press(NamedKey.Escape).view?.prefix, "");
    assert.equal(keyboard.press("v").view, undefined);
  });

  it("ask for more keys as the cursor comes near the end", () => {
    const view = openKeyView("cart");
    const limits = [0, 99, 100, 5_000].map((at) => wishOf({ ...view, at }, "shop").limit);

    assert.deepEqual(limits, [100, 200, 200, 1_000]);
  });

  it("leave the cursor on a key, whichever are pressed", () => {
    const key = fc.constantFrom(...Object.values(NamedKey), ..."jk/avhlx".split(""));
    const press = fc.record({ key, ids: fc.subarray(["a", "b", "c", "d", "e", "f"]) });
    fc.assert(
      fc.property(fc.array(press, { maxLength: 40 }), (presses) => {
        const keyboard = new Keyboard();
        for (const { key, ids } of presses) {
          keyboard.look = lookAt(ids);
          keyboard.press(key);
          if (keyboard.view === undefined) return;
          const { at, top } = keyboard.view;
          assert.ok(at >= 0 && at < Math.max(1, ids.length));
          assert.ok(top >= 0 && at >= top && at < top + 3);
        }
      }),
    );
  });
});

describe("the view of stored keys", () => {
  const frames = [frameOf([snapshotOf([])])];

  it("shows types and keys, with as many columns as fit", () => {
    const keyView = openKeyView();
    const parts = partsOf(frames, { keyLook: lookAt(["a", "b"]), state: { keyView } });

    const wide = draw(parts).slice(2, 6);
    assert.deepEqual(wide, [
      "  cart 1 awake 12k+ asleep  room 1 awake 12k asleep (not defined)",
      "  KEY                            STATE         USED    BYTES SCHED QUEUED  WAKES",
      "› a                              asleep       5.0 s    120 B     1      2      3",
      "  b                              awake        5.0 s    120 B     1      2      3",
    ]);
    assert.match(draw(parts, 40).at(3) ?? "", /^ {2}KEY +STATE +USED$/);
    assert.match(draw(parts).at(-1) ?? "", /^\? help .* v actors +2 keys$/);
  });

  it("says why there are no keys", () => {
    const text = (keyLook: KeyLook | undefined, parts: Partial<KeyViewState> = {}): string => {
      const keyView = { ...openKeyView(), ...parts };
      return draw(partsOf(frames, { keyLook, state: { keyView } })).join("\n");
    };

    assert.match(text(undefined), /^ {2}reading$/m);
    assert.match(text(lookAt([])), /^ {2}no keys$/m);
    assert.match(text(lookAt([]), { prefix: "x" }), /^ {2}no key matches$/m);
    const more = lookAt(["a"], { list: { ...lookAt(["a"]).list, cursor: "x" } });
    assert.match(text(more), /^ {2}more keys follow; a prefix/m);
    const refused = { keyProblem: "the store is closed", state: { keyView: openKeyView() } };
    assert.match(draw(partsOf(frames, refused)).join("\n"), /^ {2}the store is closed$/m);
  });

  it("shows an opened key below the list: why it is awake, its start, schedules and queues", async () => {
    const fake = new FakeKeys();
    fake.add("cart", ["b"], { awake: true });
    const reading = await fake.read("cart", "b");
    assert.ok(reading !== undefined);
    const { state, key, ...rest } = reading;
    const detail = { ...rest, key: { ...key, system: "shop" }, state: state?.value };
    const keyView = { ...openKeyView(), at: 1, openId: "cart/b" };
    const keyLook = lookAt(["a", "b"], { detail });
    const screen = draw(partsOf(frames, { keyLook, state: { keyView } }), 100, 50).join("\n");

    for (const wanted of [
      /^key +cart\/b {2}in shop$/m,
      /^state +awake {2}cart\/3f9a1c-1 {2}running {2}3 wakes$/m,
      /^awake +timer: 2 timers for 9.1 s$/m,
      /^start +12 ms {2}1 round trip$/m,
      /^ +load +░░░░█{12}░{8} +6.0 ms internal$/m,
      /^ +on_wake +░{16}█{8} +4.0 ms user$/m,
      /^schedules +deliver \(tea\) due 2255-03-14 .*, 0 8 \* \* 1 Europe\/Berlin, 1 failed\n +run, last run TypeError/m,
      /^queue +files {2}1\+, oldest 9.3 s$/m,
      /^set aside +m0 after 5 attempts: ERR_BAD_FILE$/m,
    ]) {
      assert.match(screen, wanted);
    }
  });

  it("shows the runner of each key of a cluster, and why an opened one is there", async () => {
    const fake = new FakeKeys();
    fake.add("cart", ["b"], { awake: true });
    const reading = await fake.read("cart", "b");
    assert.ok(reading !== undefined);
    const { state, key, ...rest } = reading;
    const placement = {
      runnerId: "shop-2-e98b8c095df6",
      status: "running",
      reason: "runner_lost",
      sinceAtMs: NOW_AT_MS - 4_000,
      reachable: false,
    };
    const detail = { ...rest, key: { ...key, system: "shop" }, placement };
    const [a, b] = lookAt(["a", "b"]).list.keys;
    assert.ok(a !== undefined && b !== undefined);
    const keys = [a, { ...b, runnerId: placement.runnerId }];
    const keyLook = lookAt([], { list: { keys, cursor: null }, detail });
    const keyView = { ...openKeyView(), at: 0, openId: "cart/b" };
    const screen = draw(partsOf(frames, { keyLook, state: { keyView } }), 120, 50).join("\n");

    assert.match(screen, /^ {2}KEY .* WAKES RUNNER$/m);
    assert.match(screen, /^ {2}b .* 3 shop-2-e98b8c095df6$/m);
    assert.match(
      screen,
      /^runner +shop-2-e98b8c095df6 {2}running, runner lost; its runner does not answer, for 4\.0 s$/m,
    );
    assert.doesNotMatch(
      draw(partsOf(frames, { keyLook, state: { keyView } }), 70)[3] ?? "",
      /RUNNER/,
    );
  });

  it("escapes what a terminal would interpret", () => {
    const keyLook = lookAt(["a\u001b[2Jb"]);
    const screen = draw(partsOf(frames, { keyLook, state: { keyView: openKeyView() } })).join("\n");

    assert.ok(screen.includes("a\\u{1b}[2Jb"));
    assert.ok(!screen.includes("\u001b"));
  });
});

describe("a session that shows stored keys", () => {
  it("reads them while they are shown, and wakes nothing", async () => {
    await using open = openSystem({ name: "shop" });
    const keys = new FakeKeys();
    for (const name of ["alice", "anna", "bob"]) keys.add("cart", [name]);
    addKeyViews(open.system, keys);
    const console = await createConsole(open.system, { port: 0 });
    const clock = new ManualClock();
    const client = new ConsoleClient(parseAddress(console.url));
    const options = { sort: undefined, filter: "", system: undefined, client, clock };
    const session = new Session({ ...options, glyphs: UNICODE_GLYPHS });
    await session.open();
    const screen = (): string => {
      const { lines } = session.draw({ columns: 80, rows: 24 });
      return lines.map((line) => textOf(line).trimEnd()).join("\n");
    };

    session.press("v");
    await until(() => /^› alice +asleep/m.test(screen()), "the keys");
    for (const key of ["/", "a", "n", NamedKey.Enter]) session.press(key);
    await until(() => /^› anna/m.test(screen()) && !/bob/.test(screen()), "the prefix");
    session.press(NamedKey.Enter);
    await until(() => /^key +cart\/anna/m.test(screen()), "the key");
    const before = keys.reads;
    await clock.advance(2_000);
    await until(() => keys.reads > before, "another read");
    session.press("v");
    assert.match(screen(), /ACTOR/);
    assert.deepEqual(keys.performed, []);
    session.close();
    await console.close();
  });
});
