/**
 * Waits for all writes, also when one fails: nothing is in flight any more when they are repeated. `false` stands for
 * nothing to write. Rejects with the first failure by order.
 */
export async function settled(writes: readonly (Promise<void> | false)[]): Promise<void> {
  for (const result of await Promise.allSettled(writes))
    if (result.status === 'rejected') throw result.reason;
}
