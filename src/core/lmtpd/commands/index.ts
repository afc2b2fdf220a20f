/** The commands of LMTP: one line each. */
import {bdat} from './bdat.ts';
import {data} from './data.ts';
import {lhlo} from './lhlo.ts';
import type {LmtpCommand} from './lmtp-command.ts';
import {mail} from './mail.ts';
import {noop} from './noop.ts';
import {quit} from './quit.ts';
import {rcpt} from './rcpt.ts';
import {rset} from './rset.ts';
import {starttls} from './starttls.ts';
import {vrfy} from './vrfy.ts';
import {xclient} from './xclient.ts';

export const lmtpCommands: ReadonlyMap<string, LmtpCommand> = new Map<string, LmtpCommand>([
  ['LHLO', lhlo],
  ['MAIL', mail],
  ['RCPT', rcpt],
  ['DATA', data],
  ['BDAT', bdat],
  ['RSET', rset],
  ['NOOP', noop],
  ['VRFY', vrfy],
  ['QUIT', quit],
  ['STARTTLS', starttls],
  ['XCLIENT', xclient],
]);
