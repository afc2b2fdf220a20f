/**
 * The bytes to and from a client of a line protocol, whatever carries them. Reading is pulled, so that a client can't fill
 * our memory; writing says when to stop, so that a slow reader can't either.
 */
export interface ClientWire {
  /** The next bytes; undefined when the client has ended. One reader at a time. */
  read(): Promise<Buffer | undefined>;
  /** False: enough is on its way, wait for `drained`. */
  write(bytes: Buffer): boolean;
  drained(): Promise<void>;
  /** Reading ends and what was read ahead is dropped; the stream stays open for who takes it over (STARTTLS). */
  detach(): void;
  /** Sends what was written and closes. */
  end(): Promise<void>;
}
