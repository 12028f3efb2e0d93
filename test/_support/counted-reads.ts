/** Returns `state` with a call of `onRead` for each read of one of its properties: by a comparison, or by a check. */
export function countReads<State extends object>(
  state: State,
  name: keyof State,
  onRead: () => void,
): State {
  return new Proxy(state, {
    get(target, key, receiver) {
      if (key === name) onRead();
      return Reflect.get(target, key, receiver);
    },
  });
}
