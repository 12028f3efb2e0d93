import { Box, render, Text, type TextProps, useApp, useInput, useWindowSize } from "ink";
import { createElement, type ReactElement, useEffect, useSyncExternalStore } from "react";
import { keysOf } from "./ink-keys.ts";
import type { Session } from "./session.ts";
import { type StyledLine, Tone } from "./text/styled-line.ts";

/** Styles from the 16 standard colours, which follow the user's palette. */
const STYLES: Readonly<Record<Tone, TextProps>> = {
  [Tone.Plain]: {},
  [Tone.Dim]: { dimColor: true },
  [Tone.Strong]: { bold: true },
  [Tone.Good]: { color: "green" },
  [Tone.Busy]: { color: "cyan" },
  [Tone.Wait]: { color: "blue" },
  [Tone.Warn]: { color: "yellow" },
  [Tone.Bad]: { color: "red" },
  [Tone.Alarm]: { color: "red", bold: true, inverse: true },
  [Tone.Selected]: { inverse: true },
};

/** The terminal that a screen is shown on. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** `false` when {@link https://no-color.org | NO_COLOR} is set. Bold and inverse are used in any case. */
  readonly colour: boolean;
}

/**
 * Shows a session on the alternate screen until the user quits. The terminal is restored in any case: after a
 * key, an error or a signal.
 */
export async function showOnTerminal(session: Session, terminal: Terminal): Promise<void> {
  const { stdin, stdout, stderr, colour } = terminal;
  const screen = render(createElement(Screen, { session, colour }), {
    stdin,
    stdout,
    stderr,
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    patchConsole: false,
  });
  await screen.waitUntilExit();
}

interface ScreenProps {
  readonly session: Session;
  readonly colour: boolean;
}

function Screen({ session, colour }: ScreenProps): ReactElement {
  useSyncExternalStore(session.subscribe, session.version);
  const size = useWindowSize();
  const { exit } = useApp();
  useInput((input, key) => {
    for (const name of keysOf(input, key)) session.press(name);
  });
  const { quitting } = session;
  useEffect(() => {
    if (quitting) exit();
  }, [quitting, exit]);
  const { lines } = session.draw(size);
  return createElement(
    Box,
    { flexDirection: "column", width: size.columns, height: size.rows },
    lines.map((line, at) => createElement(Line, { key: at, line, colour })),
  );
}

interface LineProps {
  readonly line: StyledLine;
  readonly colour: boolean;
}

function Line({ line, colour }: LineProps): ReactElement {
  const spans = line.map(({ text, tone }, at) =>
    createElement(Text, { key: at, ...styleOf(tone, colour) }, text),
  );
  return createElement(Text, { wrap: "truncate-end" }, spans);
}

function styleOf(tone: Tone, colour: boolean): TextProps {
  if (colour) return STYLES[tone];
  const { color: _, ...style } = STYLES[tone];
  return style;
}
