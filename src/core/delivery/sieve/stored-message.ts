/** A message to be delivered, from wherever it lies: bytes by range, and as a stream. */
export interface DeliveredMessage {
  readonly sizeBytes: number;
  read(offset: number, length: number): Promise<Buffer>;
  stream(): AsyncIterable<Buffer>;
}

/** What scripts may look into; beyond it, they see the beginning. */
export const LOOKED_AT_BYTES = 32 << 20;

/** A message that lies in memory. */
export function messageInMemory(bytes: Buffer): DeliveredMessage {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    async *stream() {
      await Promise.resolve();
      yield bytes;
    },
  };
}
