/** BINARY[...] and BINARY.SIZE[...] (RFC 3516). */
import type {MailSession} from '../mail-session.ts';
import type {FetchItem} from './fetch-item.ts';
import type {OpenMessage} from './fetch-run.ts';

export async function sendBinary(
  session: MailSession,
  _message: OpenMessage,
  item: Extract<FetchItem, {kind: 'binary'}>,
): Promise<void> {
  session.line.out.text(`${item.label} NIL`);
  await Promise.resolve();
}

export async function sendBinarySize(
  session: MailSession,
  _message: OpenMessage,
  item: Extract<FetchItem, {kind: 'binary-size'}>,
): Promise<void> {
  session.line.out.text(`${item.label} 0`);
  await Promise.resolve();
}
