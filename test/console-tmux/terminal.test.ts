import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { ConsoleStub } from "../_support/console-stub.ts";
import type { PuppetRef } from "../_support/monitor-actors.ts";
import { TerminalProgram, topCommand } from "../_support/terminal-program.ts";
import { Tmux } from "../_support/tmux.ts";
import { actorRow, frameOf, snapshotOf } from "../_support/wire-rows.ts";

const ESCAPE = "\u001b";

/** `messages` wait in the actor's mailbox until what this returns is called. */
function hold(actor: PuppetRef, messages: number): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  actor.tell.run(() => promise);
  for (let sent = 0; sent < messages; sent += 1) actor.tell.run(() => undefined);
  return resolve;
}

describe("limelight top in a terminal of 80 × 24", () => {
  it("shows the actors as a tree, which follows what happens", async () => {
    await using program = await TerminalProgram.open();
    const { tmux } = program;
    const boss = program.spawn("boss");
    await program.spawnBelow(boss, "first");
    await program.watch();
    await tmux.shows(/^› ▾ boss +idle +0\/10k .*\n {4}· first +idle/m);

    await program.spawnBelow(boss, "second");
    await tmux.shows(/^ {4}· second +idle/m);
    const release = hold(boss, 3);
    await tmux.shows(/^› ▾ boss +busy +3\/10k/m);
    release();
    await tmux.shows(/^› ▾ boss +idle +0\/10k/m);
    boss.kill();
    const screen = await tmux.shows(/^› ▾ boss +failed .* X\b/m);
    const lines = screen.trimEnd().split("\n");
    assert.equal(lines.length, 24);
    assert.match(lines[23] ?? "", /^\? help .* 1-3 of 3$/);
  });

  it("sorts, filters, folds and moves by keys", async () => {
    await using program = await TerminalProgram.open();
    const { tmux } = program;
    const boss = program.spawn("boss");
    await program.spawnBelow(boss, "worker-one");
    const release = hold(await program.spawnBelow(boss, "worker-two"), 5);
    await program.watch();
    await tmux.shows(/one .*\n.*worker-two .*5\/10k/);

    await tmux.press("m");
    await tmux.shows(/MAILBOX↓.*\n.*boss.*\n.*worker-two.*\n.*worker-one/);
    await tmux.press("m");
    await tmux.shows(/MAILBOX↑.*\n.*boss.*\n.*worker-one.*\n.*worker-two/);
    await tmux.press(" ");
    await tmux.shows(/^› ▸ boss \(\+2\).*\n\s*\n/m);
    await tmux.press("Right", "Down");
    await tmux.shows(/^› +· worker-one/m);
    await tmux.press("/", "t", "w", "o");
    await tmux.shows(/^› · worker-two.*\n\s*\n[\s\S]*^\/two_ .* 1-1 of 1$/m);
    await tmux.press("Enter");
    await tmux.shows(/^\/two {2}\? help/m);
    await tmux.press("Escape");
    await tmux.shows(/boss[\s\S]* 1-3 of 3$/m);
    release();
  });

  it("inspects an actor: what it does, what it waits for and who waits for it", async () => {
    await using program = await TerminalProgram.open();
    const { tmux } = program;
    const [asker, asked] = [program.spawn("asker"), program.spawn("asked")];
    const release = hold(asked, 0);
    const reply = asker.ask.run(() => asked.with({ timeoutMs: 60_000 }).ask.value());
    await program.watch();
    await tmux.press("Enter");
    await tmux.shows(/^handling +run for /m);
    await tmux.shows(/^waits +asks value of puppet\/\S+ for .+, at most .+ more$/m);
    await tmux.press("Down");
    await tmux.shows(/^waited by +puppet\/\S+ asks value of puppet\/\S+ for /m);
    await tmux.press("Escape");
    await tmux.hides(/inspect ─/);
    release();
    assert.equal(await reply, 42);
  });

  it("raises an alarm while actors wait for each other, and no longer", async () => {
    await using program = await TerminalProgram.open();
    const { tmux } = program;
    const [one, other] = [program.spawn("one"), program.spawn("other")];
    await program.watch();
    await tmux.shows(/· other +idle/);
    const asks = Promise.allSettled([
      one.ask.run(() => other.with({ timeoutMs: 60_000 }).ask.value()),
      other.ask.run(() => one.with({ timeoutMs: 60_000 }).ask.value()),
    ]);
    const screen = await tmux.shows(/^DEADLOCK puppet\/\S+ → puppet\/\S+ → .*$/m);
    assert.match(screen, /· one +deadlock.* DW$/m);
    one.kill();
    await asks;
    await tmux.hides(/DEADLOCK/);
    await tmux.shows(/· other +idle/);
  });

  it("helps, in one screen", async () => {
    await using program = await TerminalProgram.open();
    const { tmux } = program;
    await program.watch();
    await tmux.press("?");
    await tmux.shows(/^─ help ─+\n[\s\S]*^ +q Esc Ctrl-C +quit\n[\s\S]*^ +L +is linked/m);
    await tmux.press("?");
    await tmux.hides(/─ help/);
  });

  it("fits a terminal that becomes larger and smaller", async () => {
    await using program = await TerminalProgram.open();
    const { tmux } = program;
    program.spawn("boss");
    await program.watch();
    await tmux.resize(130, 40);
    await tmux.shows(/ACTOR↑ +TYPE +STATE +MAILBOX[\s\S]* 1-1 of 1$/m);
    await tmux.press("Enter");
    await tmux.shows(/^ {2}ACTOR.*│ ─ inspect ─/m);
    await tmux.resize(50, 12);
    const small = await tmux.until("the smaller screen", (screen) => {
      const lines = screen.trimEnd().split("\n");
      return (
        lines.length === 12 && /^─ inspect/m.test(screen) && / 1-1 of 1$/.test(lines[11] ?? "")
      );
    });
    assert.match(small, /^ {2}ACTOR↑ +STATE +MAILBOX +MSG\/S$/m);
  });
});

/** The one process that the shell of a terminal runs. */
async function commandIn(tmux: Tmux): Promise<number> {
  const shell = await tmux.variable("pane_pid");
  return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8"));
}

describe("a terminal that limelight top was shown on", () => {
  const ways: readonly (readonly [string, number, (tmux: Tmux) => Promise<void>])[] = [
    ["q", 0, (tmux) => tmux.press("q")],
    ["Escape", 0, (tmux) => tmux.press("Escape")],
    ["Ctrl-C", 0, (tmux) => tmux.press("C-c")],
    [
      "SIGTERM",
      143,
      async (tmux) => {
        process.kill(await commandIn(tmux), "SIGTERM");
      },
    ],
  ];
  for (const [name, status, leave] of ways) {
    it(`is as it was after ${name}`, async () => {
      await using program = await TerminalProgram.open();
      const { tmux } = program;
      await tmux.type("echo before");
      await program.watch();
      assert.equal(await tmux.variable("alternate_on"), "1");
      await leave(tmux);
      const screen = await tmux.shows(new RegExp(`^status ${status}$`, "m"));

      assert.match(screen, /^before$/m);
      assert.doesNotMatch(screen, /limelight top shop/);
      assert.equal(await tmux.variable("alternate_on"), "0");
      assert.equal(await tmux.variable("cursor_flag"), "1");
      await tmux.type("clear; stty -a");
      await tmux.shows(/[^-]icanon[\s\S]*[^-]echo /);
    });
  }
});

describe("a terminal on which limelight top has met a fault of its own", () => {
  it("is as it was, and shows where the fault is", async () => {
    await using stub = await ConsoleStub.open();
    await using tmux = await Tmux.open(120, 40);
    stub.first = frameOf([snapshotOf([actorRow("desk/a-1")])]);
    await tmux.type(`${topCommand(stub.url)}; echo "status $?"`);
    await tmux.shows(/ live$/m);
    const broken = { ...actorRow("desk/a-1"), waits: null } as never;
    stub.send(frameOf([snapshotOf([broken], { sequence: 2, since: 1 })]));
    const screen = await tmux.shows(/^status 1$/m);

    assert.match(screen, /TypeError: [\s\S]* at runningCondition /);
    assert.equal(await tmux.variable("alternate_on"), "0");
  });
});

describe("limelight top and its console", () => {
  it("says when the console is gone, tries again, and goes on when it is back", async () => {
    await using program = await TerminalProgram.open();
    const { tmux } = program;
    program.spawn("boss");
    await program.watch();
    const reopen = await program.closeConsole();
    await tmux.shows(/ LOST: .*, next try in \S+ m?s$/m);
    await tmux.shows(/· boss/);
    program.spawn("later");
    await reopen();
    await tmux.shows(/^limelight top shop .* live\n[\s\S]*· later/m);
  });

  it("does not leave the screen when there is none, or none for this token", async () => {
    await using program = await TerminalProgram.open(120);
    const { tmux, url } = program;
    await tmux.type(`${topCommand(url, "--token", "wrong")}; echo "status $?"`);
    await tmux.shows(
      /^limelight: the console at \S+ does not take this token;[^(]*\(ERR_CONSOLE_TOKEN\)\nstatus 1$/m,
    );
    await program.closeConsole();
    await tmux.type(`clear; ${topCommand(url)}; echo "status $?"`);
    await tmux.shows(
      /^limelight: no answer from \S+ [^)]*\)[^(]*\(ERR_CONSOLE_UNREACHABLE\)\nstatus 1$/m,
    );
  });

  it("shows names full of escape codes, and does not write them", async () => {
    await using stub = await ConsoleStub.open();
    await using tmux = await Tmux.open();
    const evil = "\u001b]2;owned\u0007\u001b[2J\u009b31m\u202e";
    stub.first = frameOf([
      snapshotOf([actorRow(`desk/${evil}`, { name: `evil${evil}`, lastError: evil })], {
        name: evil,
      }),
    ]);
    await tmux.type(topCommand(stub.url));
    const shown = String.raw`\u{1b}]2;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}`;
    const screen = await tmux.until("the names", (text) => text.includes(shown));
    assert.ok(screen.includes("limelight top"), screen);
    await tmux.press("Enter");
    await tmux.until("the error", (text) => text.includes(`last error ${shown}`));
    assert.notEqual(await tmux.variable("pane_title"), "owned");
  });

  it("has colours, unless NO_COLOR says otherwise, and plain letters without UTF-8", async () => {
    await using program = await TerminalProgram.open();
    const { tmux } = program;
    const boss = program.spawn("boss");
    await program.spawnBelow(boss, "worker");
    const foreground = new RegExp(`${ESCAPE}\\[(?:\\d+;)*3[0-7]m`);
    await program.watch();
    assert.match(await tmux.colours(), foreground);
    await tmux.press("q");
    await tmux.shows(/^status 0$/m);
    await tmux.type("export NO_COLOR=1; clear");
    await program.watch();
    await tmux.shows(/▾ boss/);
    assert.doesNotMatch(await tmux.colours(), foreground);
    await tmux.press("q");
    await tmux.shows(/^status 0$/m);
    await tmux.type("export LC_ALL=C; clear");
    await program.watch();
    const screen = await tmux.shows(/^> - boss/m);
    assert.match(screen, /^[ -~\n]+$/);
  });
});
