/** XCLIENT: a proxy that is trusted says for whom it speaks (`ADDR=1.2.3.4 PORT=5 SESSION=x`). Others are told that they aren't. */
import {isIP} from 'node:net';
import type {LoginCommand} from './login-command.ts';

export const xclient: LoginCommand = (phase, argument) => {
  if (phase.options.isTrusted !== true) return phase.reply('+OK You are not from trusted IP - ignoring');
  let {connection} = phase;
  for (const word of argument.split(' ').filter(each => each !== '')) {
    const equals = word.indexOf('=');
    const [name, value] = [word.slice(0, Math.max(0, equals)).toUpperCase(), word.slice(equals + 1)];
    if (name === 'ADDR' && isIP(value) !== 0) connection = {...connection, clientAddress: value};
    else if (name === 'PORT' && /^\d{1,5}$/.test(value)) connection = {...connection, clientPort: Number(value)};
    else if (name === 'SESSION' && /^[!-~]{1,128}$/.test(value)) connection = {...connection, session: value};
    else if (['ADDR', 'PORT', 'SESSION'].includes(name) || equals < 0) return phase.reply(`-ERR Invalid ${word}`);
  }
  phase.connection = connection;
  return phase.reply('+OK Updated');
};
