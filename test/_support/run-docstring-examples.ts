import { pathToFileURL } from "node:url";

/* Runs the programs given as arguments one after the other in this process, until one fails. */
for (const file of process.argv.slice(2)) {
  process.stderr.write(`running ${file}\n`);
  await import(pathToFileURL(file).href);
}
process.stdout.write("all examples have run\n");
