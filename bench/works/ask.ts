import type { Subject } from "../subject.ts";
import { type Work, WorkId } from "./work.ts";

const ASKERS = 100;

export const ask: Work = {
  id: WorkId.Ask,
  description: "200,000 questions to one actor, one after the other",
  fullOps: 200_000,
  step: 100,
  async prepare<Handle>(subject: Subject<Handle>) {
    const handle = await subject.spawn();
    return { run: (ops) => askInTurn(subject, handle, ops) };
  },
};

export const ask100: Work = {
  id: WorkId.Ask100,
  description: "300,000 questions to one actor by 100 askers at once, each one after the other",
  fullOps: 300_000,
  step: ASKERS,
  async prepare<Handle>(subject: Subject<Handle>) {
    const handle = await subject.spawn();
    return {
      async run(ops) {
        const askers = Array.from({ length: ASKERS }, () =>
          askInTurn(subject, handle, ops / ASKERS),
        );
        await Promise.all(askers);
      },
    };
  },
};

async function askInTurn<Handle>(
  subject: Subject<Handle>,
  handle: Handle,
  questions: number,
): Promise<void> {
  if (subject.askInTurn !== undefined) return subject.askInTurn(handle, questions);
  for (let asked = 0; asked < questions; asked++) await subject.ask(handle);
}
