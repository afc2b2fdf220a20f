/**
 * IDLE (RFC 2177): changes are told as they happen, until the client says DONE. A line now and then keeps the connection
 * from being forgotten on the way (imap_idle_notify_interval).
 */
import {bareCommand} from '../command.ts';
import {SessionEnd} from '../session-end.ts';
import type {MailSession} from '../mail-session.ts';

export const idle = bareCommand({
  name: 'IDLE',
  sync: 'all',
  async run(session) {
    session.line.out.line('+ idling');
    await tell(session);
    session.notifications.beginIdle();
    try {
      return isDone(await awaitLine(session)) ? 'OK Idle completed.' : 'BAD Expected DONE.';
    } finally {
      session.notifications.endIdle();
    }
  },
});

async function awaitLine(session: MailSession): Promise<Buffer> {
  const {line, settings} = session;
  for (;;) {
    const text = line.input.takeLine();
    if (text !== undefined) return text;
    if (line.input.buffered > settings.maxLineLength) throw new SessionEnd('Input buffer full', 'Too long argument');
    switch (await line.wait(settings.idleNotifyMilliseconds)) {
      case 'ended':
        throw new SessionEnd('Connection closed');
      case 'timeout':
        line.out.line('* OK Still here');
        break;
      case 'event':
        await tell(session);
        break;
      case 'input':
        break;
    }
  }
}

async function tell(session: MailSession): Promise<void> {
  if (session.notifications.isActive) await session.notifications.tell();
  else await session.sync(true, {isAsked: true});
}

function isDone(line: Buffer): boolean {
  return line.toString('latin1', 0, 5).toUpperCase() === 'DONE';
}
