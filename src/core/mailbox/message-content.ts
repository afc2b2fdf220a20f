/** The bytes of a message that is to be stored, read as a stream. The queue's `ContentSource` is one. */
export interface MessageContent {
  /** Chunks of whole bytes, lines ending in LF. May be called again for another copy. */
  chunks(): AsyncIterable<Buffer>;
  /** All of it, when it is at most that long. */
  wholeIfSmall(limitBytes: number): Promise<Buffer | undefined>;
}

/** Up to here a message is held whole and written with one system call. */
export const SMALL_MESSAGE_BYTES = 128 * 1024;
