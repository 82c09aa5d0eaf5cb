/** What is called: an address that takes a POST, or the `handler` of a Node module. */
export type FunctionTarget = {readonly kind: 'http'; readonly url: string} | {readonly kind: 'module'; readonly path: string};
/** Where the news of a lost batch goes: a POST, or a line of a file. */
export type DestinationTarget = {readonly kind: 'http'; readonly url: string} | {readonly kind: 'file'; readonly path: string};

/** Functions of users, and where the news of lost batches goes. */
export interface FunctionPort {
  /**
   * Calls a function and waits for its answer.
   * @param event JSON text
   * @returns JSON text of the answer, or '' @throws when it fails, is not there, or does not answer in time
   */
  invoke(target: FunctionTarget, event: string, timeoutMs: number): Promise<string>;
  /** @throws when the document could not be given away */
  deliver(target: DestinationTarget, document: string, timeoutMs: number): Promise<void>;
  /** @returns why a target cannot be used in this process; undefined when it can */
  refusalOf(target: FunctionTarget | DestinationTarget): string | undefined;
}
