import { Box, render, Text, type TextProps, useApp, useInput, useWindowSize } from "ink";
import { createElement, type ReactElement, useEffect, useSyncExternalStore } from "react";
import { keysOf } from "./ink-keys.ts";
import type { Session } from "./session.ts";
import { type StyledLine, Tone } from "./text/styled-line.ts";

/** Colours of the sixteen that every terminal has, in its user's palette. */
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

/** Where a screen is shown. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** As {@link https://no-color.org | NO_COLOR} says; what is bold or inverse stays so. */
  readonly colour: boolean;
}

/**
 * Shows a session on the alternate screen until its user has had enough. However that ends, by a key, an
 * error or a signal, the terminal is as it was.
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
