/** STARTTLS (RFC 3207). */
import {hasArgument, type LmtpCommand} from './lmtp-command.ts';

export const starttls: LmtpCommand = async (session, argument) => {
  const {upgrade} = session.options;
  if (session.tls !== '') return session.reply('502 5.5.1 TLS is already active.');
  if (upgrade === undefined) return session.reply('502 5.5.1 TLS support is not enabled.');
  if (!hasArgument(session, argument)) await session.startTls(upgrade);
};
