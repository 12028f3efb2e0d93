import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  cut,
  displayWidth,
  fit,
  fitRight,
  safeText,
  wrapText,
} from "../../src/terminal/text/display-text.ts";
import { ASCII_GLYPHS, glyphsFor, UNICODE_GLYPHS } from "../../src/terminal/text/glyphs.ts";
import { sparkline } from "../../src/terminal/text/sparkline.ts";
import { fitLine, line, span, spread, textOf } from "../../src/terminal/text/styled-line.ts";

const ESC = "\u001b";

describe("text that others chose", () => {
  it("is shown, not obeyed", () => {
    assert.equal(safeText(`${ESC}[2J${ESC}]0;owned\u0007`), "\\u{1b}[2J\\u{1b}]0;owned\\u{7}");
    assert.equal(safeText("a\r\nb\u009b31m\u202eevil"), "a\\u{d}\\u{a}b\\u{9b}31m\\u{202e}evil");
    assert.equal(safeText("plain ~ text, Zürich, 東京"), "plain ~ text, Zürich, 東京");
  });

  it("holds nothing a terminal acts upon, and fits, regardless of what it was", () => {
    const texts = fc.string({ unit: "binary", maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.nat(40), (text, width) => {
        for (const shown of [fit(text, width), fitRight(text, width)]) {
          assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}]/u);
          assert.equal(displayWidth(shown), width);
        }
        assert.doesNotMatch(wrapText(text, width + 2).join(""), /[\p{Cc}\p{Cf}]/u);
      }),
    );
  });

  it("is cut where it is too long, and says so", () => {
    assert.equal(cut("abcdef", 6), "abcdef");
    assert.equal(cut("abcdef", 4), "abc…");
    assert.equal(fit("東京", 4), "東京");
    assert.equal(fit("東京都", 4), "東… ");
    assert.equal(fitRight("7", 3), "  7");
  });

  it("is wrapped at spaces, and inside of words that are too long", () => {
    assert.deepEqual(wrapText("one two three", 8), ["one two", "three"]);
    assert.deepEqual(wrapText("abcdefgh ij", 5), ["abcde", "fgh", "ij"]);
    assert.deepEqual(wrapText("", 5), []);
  });
});

describe("a sparkline", () => {
  it("draws two values to a cell, against the peak", () => {
    assert.equal(sparkline([0, 0, 4, 4], 4, UNICODE_GLYPHS), " ⣿");
    assert.equal(sparkline([4, 0, 0, 4], 4, UNICODE_GLYPHS), "⡇⢸");
    assert.equal(sparkline([1, 2, 0, 0], 4, UNICODE_GLYPHS), "⣠ ");
  });

  it("shows little as little, not as nothing", () => {
    assert.equal(sparkline([1, 0, 0, 0], 1_000, UNICODE_GLYPHS), "⡀ ");
    assert.equal(sparkline([0, 0], 0, UNICODE_GLYPHS), " ");
  });

  it("makes do without braille", () => {
    assert.equal(sparkline([0, 0, 1, 0, 4, 2], 4, ASCII_GLYPHS), " .#");
  });
});

describe("lines", () => {
  it("are exactly as wide as they have to be", () => {
    const texts = fc.array(fc.string({ maxLength: 20 }), { maxLength: 5 });
    fc.assert(
      fc.property(texts, texts, fc.integer({ min: 1, max: 60 }), (left, right, width) => {
        const [one, other] = [left, right].map((parts) => line(...parts.map((part) => span(part))));
        assert.ok(one && other);
        assert.equal(displayWidth(textOf(fitLine(one, width))), width);
        assert.equal(displayWidth(textOf(fitLine(spread(one, other, width), width))), width);
      }),
    );
  });

  it("keep their end where there is no room for both", () => {
    assert.equal(
      textOf(spread(line(span("a long beginning")), line(span("live")), 12)),
      "a long… live",
    );
  });
});

describe("the signs of the screen", () => {
  it("are plain where the locale says that nothing else can be shown", () => {
    assert.equal(glyphsFor({ LANG: "C" }), ASCII_GLYPHS);
    assert.equal(glyphsFor({ LANG: "C", LC_ALL: "en_US.UTF-8" }), UNICODE_GLYPHS);
    assert.equal(glyphsFor({ LANG: "de_DE.utf8", LC_ALL: "" }), UNICODE_GLYPHS);
    assert.equal(glyphsFor({}), UNICODE_GLYPHS);
  });
});
