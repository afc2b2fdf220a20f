/** A command of LMTP. `argument`: what follows the name and one blank. */
import type {LmtpSession} from '../lmtp-session.ts';

export type LmtpCommand = (session: LmtpSession, argument: string) => Promise<void> | void;

/** For commands that take no argument; answers whether there was one, which has been refused. */
export function hasArgument(session: LmtpSession, argument: string): boolean {
  if (argument === '') return false;
  session.fail('501 5.5.4 Invalid parameters');
  return true;
}
