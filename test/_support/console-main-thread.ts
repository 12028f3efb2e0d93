import type { Browser, Page } from "playwright-core";

/** A task of the page's main thread. */
export interface MainThreadTask {
  readonly wallMs: number;
  /** Time it had a processor: what it would take on a machine that does nothing else. */
  readonly cpuMs: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** What the main threads of `page`'s browser do in `ms`. */
export async function mainThreadTasks(page: Page, ms: number): Promise<MainThreadTask[]> {
  const browser = page.context().browser() as Browser;
  await browser.startTracing(page, { categories: ["toplevel"] });
  await page.waitForTimeout(ms);
  const trace = JSON.parse((await browser.stopTracing()).toString()) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  const main = new Set(
    trace.traceEvents
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return trace.traceEvents
    .filter(({ ph, name, pid, tid }) => {
      return ph === "X" && /RunTask/.test(name) && main.has(`${pid} ${tid}`);
    })
    .map(({ dur = 0, tdur = 0 }) => ({ wallMs: dur / 1_000, cpuMs: tdur / 1_000 }));
}

/** Bytes that scripts use in the heaps of the page and of its worker. */
export async function usedHeap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const { usedSize: ofPage } = await session.send("Runtime.getHeapUsage");
  const { promise: ofWorker, resolve } = Promise.withResolvers<number>();
  session.on("Target.receivedMessageFromTarget", ({ message }) => {
    const { result } = JSON.parse(message) as { readonly result?: { readonly usedSize?: number } };
    if (result?.usedSize !== undefined) resolve(result.usedSize);
  });
  session.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => {
    if (targetInfo.type !== "worker") return;
    const message = JSON.stringify({ id: 1, method: "Runtime.getHeapUsage" });
    void session.send("Target.sendMessageToTarget", { sessionId, message });
  });
  await session.send("Target.setAutoAttach", {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  const bytes = ofPage + (await ofWorker);
  await session.detach();
  return bytes;
}
