import { realpathSync } from "node:fs";

/**
 * Programs that start other programs, by the path of their main file. With the preload in `NODE_OPTIONS` they
 * load it first, and would take the ports of the application they start.
 */
const LAUNCHERS: readonly RegExp[] = [
  /[\\/](?:npm|npx)-cli\.js$/,
  /[\\/]yarn(?:-[\d.]+)?\.c?js$/,
  /[\\/]node_modules[\\/](?:npm|pnpm|yarn|corepack|nodemon|concurrently|npm-run-all2?|cross-env)[\\/]/,
  /[\\/]node_modules[\\/]tsx[\\/]dist[\\/]cli\.\w+$/,
  /[\\/]node_modules[\\/]pm2[\\/](?:bin[\\/]|lib[\\/]Daemon\.js$)/,
];

/** Returns whether `main`, the main file of a process, is a program that starts the application. */
export function isLauncher(main: string | undefined): boolean {
  if (main === undefined) return false;
  try {
    // `npm` on the path is a symbolic link.
    const path = realpathSync(main);
    return LAUNCHERS.some((launcher) => launcher.test(path));
  } catch {
    return false;
  }
}
