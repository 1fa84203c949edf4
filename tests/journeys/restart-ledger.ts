/**
 * The object starts again from what is stored: a call that fails within its transaction ends it. Unlike an eviction,
 * this does not wait until nobody refers to it any more.
 */
export async function restartLedger(ledger: {
  claim(asked: never[], alone: boolean): PromiseLike<unknown>;
}): Promise<void> {
  const ended = await ledger.claim([null as never], false).then(
    () => false,
    () => true,
  );
  if (!ended) throw new Error("the ledger goes on");
}
