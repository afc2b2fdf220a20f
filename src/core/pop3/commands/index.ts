/** The commands after the login: one line each. */
import {capa} from './capa.ts';
import {dele} from './dele.ts';
import {last} from './last.ts';
import {list} from './list.ts';
import type {MailCommand} from './mail-command.ts';
import {noop} from './noop.ts';
import {quit} from './quit.ts';
import {retr} from './retr.ts';
import {rset} from './rset.ts';
import {stat} from './stat.ts';
import {top} from './top.ts';
import {uidl} from './uidl.ts';

export const mailCommands: ReadonlyMap<string, MailCommand> = new Map<string, MailCommand>([
  ['CAPA', capa],
  ['DELE', dele],
  ['LAST', last],
  ['LIST', list],
  ['NOOP', noop],
  ['QUIT', quit],
  ['RETR', retr],
  ['RSET', rset],
  ['STAT', stat],
  ['TOP', top],
  ['UIDL', uidl],
]);
