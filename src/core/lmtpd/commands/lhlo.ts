/** LHLO (RFC 2033 section 4.1): also starts anew. */
import type {LmtpCommand} from './lmtp-command.ts';

const XCLIENT_NAMES = ['ADDR', 'PORT', 'PROTO', 'HELO', 'LOGIN', 'SESSION', 'TTL', 'TIMEOUT'] as const;

export const lhlo: LmtpCommand = async (session, argument) => {
  const [helo = ''] = argument.split(' ', 1);
  if (helo === '') return session.fail('501 Missing hostname');
  session.helo = helo.replace(/[^!-~]/g, '');
  await session.endTransaction();
  const {options} = session;
  const lines = [
    options.settings.hostName,
    '8BITMIME',
    'CHUNKING',
    'ENHANCEDSTATUSCODES',
    'PIPELINING',
    ...(options.upgrade !== undefined && session.tls === '' ? ['STARTTLS'] : []),
    ...(options.isTrusted === true ? [`XCLIENT ${XCLIENT_NAMES.join(' ')}`] : []),
  ];
  lines.forEach((line, n) => session.reply(`250${n === lines.length - 1 ? ' ' : '-'}${line}`));
};
