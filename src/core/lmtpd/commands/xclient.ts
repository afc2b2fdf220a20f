/** XCLIENT: a proxy that is trusted says for whom it speaks (`ADDR=1.2.3.4 HELO=x SESSION=y`), and the session begins anew. */
import {isIP} from 'node:net';
import type {LmtpSession} from '../lmtp-session.ts';
import type {LmtpCommand} from './lmtp-command.ts';

export const xclient: LmtpCommand = async (session, argument) => {
  if (session.transaction !== undefined)
    return session.fail('503 5.5.0 XCLIENT not permitted during a mail transaction');
  if (session.options.isTrusted !== true) return session.reply('550 5.7.14 You are not from trusted IP');
  for (const word of argument.split(' ').filter(each => each !== '')) {
    const equals = word.indexOf('=');
    const name = word.slice(0, Math.max(0, equals)).toUpperCase();
    if (equals < 0) return session.fail('501 5.5.4 Invalid XCLIENT parameter');
    if (!take(session, name, word.slice(equals + 1))) return session.fail(`501 5.5.4 Invalid ${name} parameter`);
  }
  await session.endTransaction();
  session.state = 'GREETING';
  session.greet();
};

/** Answers whether the value could be one; other names are passed over. */
function take(session: LmtpSession, name: string, value: string): boolean {
  const {connection} = session;
  if (name === 'ADDR') {
    const address = value.replace(/^IPV6:/i, '');
    if (isIP(address) === 0) return false;
    session.connection = {...connection, clientAddress: address};
  } else if (name === 'PORT') {
    if (!/^\d{1,5}$/.test(value)) return false;
    session.connection = {...connection, clientPort: Number(value)};
  } else if (name === 'HELO') session.helo = value.replace(/[^!-~]/g, '');
  else if (name === 'SESSION') session.sessionId = value.replace(/[^!-~]/g, '');
  else if (name === 'TTL' || name === 'TIMEOUT') return /^\d{1,9}$/.test(value);
  return true;
}
