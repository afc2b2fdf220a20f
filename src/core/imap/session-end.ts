/** The session is over, whatever was under way: thrown by what waits for the client, caught where sessions end. */
export class SessionEnd extends Error {
  override readonly name = 'SessionEnd';
  /** For the log: `Connection closed`, `Logged out`. */
  readonly reason: string;
  /** What the client is told; undefined: it is gone, or was told. */
  readonly bye: string | undefined;

  constructor(reason: string, bye?: string) {
    super(reason);
    this.reason = reason;
    this.bye = bye;
  }
}
