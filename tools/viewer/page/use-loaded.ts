import { useEffect, useState } from "preact/hooks";

/** What has come of a question. What came before stays until there is something new. */
export interface Loaded<Data> {
  readonly data: Data | undefined;
  /** Empty while all is well. */
  readonly problem: string;
  /** The answer to the present question is still to come. */
  readonly busy: boolean;
}

/**
 * Asks anew whenever `question` is another object; an answer to an earlier one is dropped.
 *
 * @param load rejects with an error whose message is for people
 */
export function useLoaded<Question, Data>(
  question: Question,
  load: (question: Question, signal: AbortSignal) => Promise<Data>,
): Loaded<Data> {
  const [state, setState] = useState<{ to?: Question; data?: Data; problem: string }>({
    problem: "",
  });
  useEffect(() => {
    const control = new AbortController();
    load(question, control.signal).then(
      (data) => {
        if (!control.signal.aborted) setState({ to: question, data, problem: "" });
      },
      (error: Error) => {
        if (!control.signal.aborted) setState({ to: question, problem: error.message });
      },
    );
    return () => control.abort();
  }, [question, load]);
  return { data: state.data, problem: state.problem, busy: state.to !== question };
}
