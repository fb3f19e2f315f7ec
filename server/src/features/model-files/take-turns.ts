/** What `run` gives for each item, in their order, with at most so many running at a time. */
export async function takeTurns<I, O>(
  items: readonly I[],
  atATime: number,
  run: (item: I) => Promise<O>,
): Promise<O[]> {
  const results: O[] = []
  const queue = items.entries()
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await run(item)
  }
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, lane))
  return results
}
