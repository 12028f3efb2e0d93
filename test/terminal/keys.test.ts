import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { press } from "../../src/terminal/keys.ts";
import { tableRows } from "../../src/terminal/screen/table-rows.ts";
import { openView, settle, type ViewState } from "../../src/terminal/screen/view-state.ts";
import { NamedKey } from "../../src/terminal/text/named-key.ts";
import { ViewerModel } from "../../src/viewer/model.ts";
import { actorRow, frameOf, snapshotOf } from "../_support/wire-rows.ts";

/** Four rows on a page, of: a1 (a2 (a3), a4), a5 … a9. */
class Keyboard {
  readonly model = new ViewerModel();
  state: ViewState = openView({ sort: undefined, filter: "", system: undefined });
  paneSurplus = 3;
  systems: readonly string[] = ["shop"];

  constructor(ids: readonly string[] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"]) {
    this.have(ids);
  }

  have(ids: readonly string[]): void {
    const parents: Readonly<Record<string, string>> = { 2: "a/x-1", 3: "a/x-2", 4: "a/x-1" };
    const rows = ids.map((id) => actorRow(`a/x-${id}`, { parentId: parents[id] ?? null }));
    this.model.apply(frameOf([snapshotOf(rows)]));
    this.state = settle(this.state, this.visible);
  }

  get visible() {
    const rows = tableRows(this.model, this.state);
    const keys = { look: undefined, pageRows: 4, paneSurplus: this.paneSurplus };
    return { rows, pageRows: 4, paneSurplus: this.paneSurplus, systems: this.systems, keys };
  }

  press(...keys: readonly string[]): this {
    for (const key of keys) {
      this.state = press(this.state, key, this.visible);
      this.state = settle(this.state, this.visible);
    }
    return this;
  }

  /** The numbers of the rows on the screen, the selected one in brackets. */
  get screen(): string {
    const { top, selectedAt } = this.state;
    return this.visible.rows
      .map(({ entry }, at) => {
        const number = entry.id.slice("a/x-".length);
        return at === selectedAt ? `[${number}]` : number;
      })
      .slice(top, top + 4)
      .join(" ");
  }
}

const { Down, Up, PageDown, PageUp, Home, End, Left, Right, Enter, Escape, Tab, Backspace } =
  NamedKey;

describe("the cursor", () => {
  it("moves, and the page with it", () => {
    const keyboard = new Keyboard();
    assert.equal(keyboard.screen, "[1] 2 3 4");
    assert.equal(keyboard.press(Down, "j").screen, "1 2 [3] 4");
    assert.equal(keyboard.press(PageDown).screen, "4 5 6 [7]");
    assert.equal(keyboard.press(End).screen, "6 7 8 [9]");
    assert.equal(keyboard.press(Down).screen, "6 7 8 [9]");
    assert.equal(keyboard.press(Up, "k", "k", "k").screen, "[5] 6 7 8");
    assert.equal(keyboard.press(PageUp, Up).screen, "[1] 2 3 4");
    assert.equal(keyboard.press(End, Home).screen, "[1] 2 3 4");
  });

  it("stays with its actor when others come and go, and where it is when its actor goes", () => {
    const keyboard = new Keyboard().press(Down, Down, Down, Down);
    assert.equal(keyboard.screen, "2 3 4 [5]");
    keyboard.have(["1", "5", "6", "7"]);
    assert.equal(keyboard.screen, "1 [5] 6 7");
    keyboard.have(["1", "6", "7"]);
    assert.equal(keyboard.screen, "1 [6] 7");
    keyboard.have([]);
    assert.equal(keyboard.press(Down, Enter, " ", Left, Right).screen, "");
  });

  it("rests on the first line, whoever that is, until it is moved", () => {
    const keyboard = new Keyboard(["5", "6"]);
    keyboard.have(["1", "5", "6"]);
    assert.equal(keyboard.screen, "[1] 5 6");
  });
});

describe("folding", () => {
  it("is done with Space, or left and right, and for all at once", () => {
    const keyboard = new Keyboard();
    assert.equal(keyboard.press(" ").screen, "[1] 5 6 7");
    assert.equal(keyboard.press(" ").screen, "[1] 2 3 4");
    assert.equal(keyboard.press(Right, Left).screen, "1 [2] 4 5");
    assert.equal(keyboard.press("l", "l").screen, "1 2 [3] 4");
    assert.equal(keyboard.press("h").screen, "1 [2] 3 4");
    assert.equal(keyboard.press("c").screen, "1 [5] 6 7");
    assert.equal(keyboard.press(Home, "e").screen, "[1] 2 3 4");
    assert.equal(keyboard.press("j", "j", " ", "l").screen, "1 2 [3] 4");
  });
});

describe("the filter", () => {
  it("takes what is typed, keys that would do something else included, until Enter", () => {
    const keyboard = new Keyboard().press("/", "x", "-", "q", Backspace, "7");
    assert.deepEqual([keyboard.state.filter, keyboard.state.quitting], ["x-7", false]);
    assert.equal(keyboard.screen, "[7]");
    assert.equal(keyboard.press(Enter, "q").state.quitting, true);
  });

  it("is cleared by Escape, while it is typed and afterwards", () => {
    const keyboard = new Keyboard().press("/", "7", Escape);
    assert.deepEqual([keyboard.state.filter, keyboard.state.editingFilter], ["", false]);
    keyboard.press("/", "8", Enter, Escape);
    assert.deepEqual([keyboard.state.filter, keyboard.state.quitting], ["", false]);
    assert.equal(keyboard.press("/", "8", NamedKey.ClearLine).state.filter, "");
  });
});

describe("commands", () => {
  it("sort by a column, and the other way round when pressed again", () => {
    const keyboard = new Keyboard();
    const orders = ["n", "s", "m", "g", "r", "i", "i"].map((key) => {
      const { by, descending } = keyboard.press(key).state.order;
      return `${by} ${descending ? "down" : "up"}`;
    });
    assert.deepEqual(orders, [
      "name up",
      "state down",
      "mailbox down",
      "rate down",
      "restarts down",
      "id up",
      "id down",
    ]);
  });

  it("change the rate within its bounds", () => {
    const rates = (key: string): number[] => {
      const keyboard = new Keyboard();
      return [1, 2, 3, 4].map(() => keyboard.press(key).state.rateHz);
    };
    assert.deepEqual(rates("+"), [4, 4, 4, 4]);
    assert.deepEqual(rates("-"), [1, 0.5, 0.25, 0.25]);
  });

  it("go through the systems of the process and back to all", () => {
    const keyboard = new Keyboard();
    assert.equal(keyboard.press("y").state.system, undefined);
    keyboard.systems = ["shop", "toys"];
    const seen = [1, 2, 3].map(() => keyboard.press("y").state.system);
    assert.deepEqual(seen, ["shop", "toys", undefined]);
  });

  it("open the pane; Tab has the arrows scroll it; Escape closes it before it quits", () => {
    const keyboard = new Keyboard().press(Down, Enter);
    assert.deepEqual([keyboard.state.inspecting, keyboard.state.selectedId], [true, "a/x-2"]);
    keyboard.press(Tab, Down, Down);
    assert.deepEqual([keyboard.state.paneTop, keyboard.screen], [2, "1 [2] 3 4"]);
    keyboard.press(End, Down);
    assert.equal(keyboard.state.paneTop, 3);
    keyboard.press(Tab, Down);
    assert.deepEqual([keyboard.state.paneTop, keyboard.screen], [0, "1 2 [3] 4"]);
    keyboard.press(Escape);
    assert.deepEqual([keyboard.state.inspecting, keyboard.state.quitting], [false, false]);
    assert.equal(keyboard.press(Escape).state.quitting, true);
  });

  it("show help and warnings over all else, where keys but scrolling do nothing", () => {
    const keyboard = new Keyboard().press("?", "g", Down);
    const { overlay, order, paneTop } = keyboard.state;
    assert.deepEqual([overlay, order.by, paneTop], ["help", "id", 1]);
    assert.equal(keyboard.press("q").state.overlay, "none");
    assert.equal(keyboard.press("w").state.overlay, "warnings");
    assert.deepEqual(keyboard.press(Escape).state.quitting, false);
  });

  it("leave the cursor on the screen and on a row, whichever are pressed", () => {
    const keys = fc.constantFrom(...Object.values(NamedKey), ..."insmgr/ cehly?w+-jkx7".split(""));
    const press = fc.record({ key: keys, ids: fc.subarray(["1", "2", "3", "4", "5", "6", "7"]) });
    fc.assert(
      fc.property(fc.array(press, { maxLength: 40 }), (presses) => {
        const keyboard = new Keyboard();
        for (const { key, ids } of presses) {
          keyboard.press(key);
          keyboard.have(ids);
          const { selectedAt, top } = keyboard.state;
          const { length } = keyboard.visible.rows;
          assert.ok(top >= 0 && selectedAt >= top && selectedAt < top + 4);
          assert.ok(selectedAt < Math.max(1, length));
          assert.ok(length <= 4 ? top === 0 : top <= length - 4);
        }
      }),
    );
  });
});
