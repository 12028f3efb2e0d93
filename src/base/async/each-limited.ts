/**
 * Does `work` for each item, at most `limit` at a time. Items are taken from the iterator only when there is room, so that
 * it may be endless or change. `work` must not reject.
 */
export async function eachLimited<Item>(
  items: Iterable<Item>,
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let item = iterator.next(); item.done !== true; item = iterator.next()) {
      await work(item.value);
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
}
