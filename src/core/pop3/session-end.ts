/** A session ends early: `reason` is for the log, `reply` goes to the client behind `-ERR `, where there is something to say. */
export class SessionEnd extends Error {
  override readonly name = 'SessionEnd';
  readonly reason: string;
  readonly reply: string | undefined;

  constructor(reason: string, reply?: string) {
    super(reason);
    this.reason = reason;
    this.reply = reply;
  }
}
