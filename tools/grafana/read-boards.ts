import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Board, render } from "./board.ts";

/** A dashboard's file: what it is called and what is to be in it. */
export interface BoardFile {
  readonly name: string;
  readonly board: Board;
  readonly text: string;
}

const BOARDS = join(import.meta.dirname, "boards");

/** Every dashboard: adding one takes a file in `boards/` and nothing else. */
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
