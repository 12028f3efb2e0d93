import { Command } from "commander";
import { LimelightError } from "../index.ts";
import { backUpDirectory } from "../store/sqlite/back-up.ts";
import { restoreBackup } from "../store/sqlite/restore.ts";
import { CommandError } from "./command-error.ts";

const MIB = 1024 * 1024;

interface Summary {
  readonly files: readonly { readonly sizeBytes: number }[];
  readonly absent: readonly string[];
}

/** Creates the command `limelight backup <directory> <target>`. */
export function backupCommand(): Command {
  return new Command("backup")
    .description("copy the data directory of a store, which may be in use")
    .argument("<directory>", "the data directory")
    .argument("<target>", "the folder of the backup; it is created, or must be empty")
    .helpOption("-h, --help", "print this help")
    .action((directory: string, target: string) => {
      const summary = explained(() => backUpDirectory(directory, target));
      console.log(`${target}: ${described(summary)}`);
    });
}

/** Creates the command `limelight restore <backup> <directory>`. */
export function restoreCommand(): Command {
  return new Command("restore")
    .description("put a backup into a new data directory")
    .argument("<backup>", "the folder of the backup")
    .argument("<directory>", "the data directory; it is created, or must be empty")
    .helpOption("-h, --help", "print this help")
    .action((backup: string, directory: string) => {
      const summary = explained(() => restoreBackup({ backup, directory }));
      console.log(`${directory}: ${described(summary)}`);
    });
}

function described({ files, absent }: Summary): string {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const databases = files.length - 1;
  const parts = [
    "the store",
    `${databases} ${databases === 1 ? "database" : "databases"} of actors`,
    `${(sizeBytes / MIB).toFixed(1)} MiB`,
  ];
  if (absent.length > 0) parts.push(`${absent.length} removed while the backup was made`);
  return parts.join(", ");
}

/** Errors of the store have a code and a message for the user; any other error is one of limelight. */
function explained<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!LimelightError.is(error)) throw error;
    throw new CommandError(error.message, { code: error.code, cause: error });
  }
}
