import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Board, render } from "./board.ts";

/** A dashboard's file: its name and its content. */
export interface BoardFile {
  readonly name: string;
  readonly board: Board;
  readonly text: string;
}

const BOARDS = join(import.meta.dirname, "boards");

/** Reads every dashboard. To add one, add a file in `boards/`. */
export async function readBoards(): Promise<BoardFile[]> {
  const files = globSync("*.ts", { cwd: BOARDS }).sort();
  return Promise.all(
    files.map(async (file) => {
      const { board }: { board: Board } = await import(pathToFileURL(join(BOARDS, file)).href);
      const text = `${JSON.stringify(render(board), undefined, 2)}\n`;
      return { name: `${basename(file, ".ts")}.json`, board, text };
    }),
  );
}
