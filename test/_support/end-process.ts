import { isMainThread } from "node:worker_threads";

/*
 * Loaded before each test file (`--import`). Ends its process if something still keeps it alive a minute after the
 * last test: a test that failed may leave a store or a server open, and the whole run would wait for it.
 * `--test-force-exit` is no replacement: it exits before all results are written, and tests are missing in silence.
 */

const { NODE_TEST_CONTEXT, TEST_LINGER_MS = "60000" } = process.env;
const WAIT_MS = Number(TEST_LINGER_MS);

/** Whether this is the process of a test file, and not the runner, a process that a test started, or a thread. */
function isTestFile(): boolean {
  const [, file = ""] = process.argv;
  return isMainThread && NODE_TEST_CONTEXT !== undefined && file.endsWith(".test.ts");
}

function endLater(): void {
  const timer = setTimeout(() => {
    const resources = process.getActiveResourcesInfo().join(", ");
    process.stderr.write(`the tests have ended, but the process is kept alive by ${resources}\n`);
    process.exit(1);
  }, WAIT_MS);
  timer.unref();
}

if (isTestFile()) {
  const { after } = await import("node:test");
  after(endLater);
}
