/** The commands of the SMTP server. Adding one is one file and one line here. */
import type {Later} from '../../address/address-rewriter.ts';
import type {SmtpdMachine} from '../machine.ts';
import {auth} from './auth.ts';
import {bdat} from './bdat.ts';
import {data} from './data.ts';
import {etrn} from './etrn.ts';
import {ehlo, helo} from './hello.ts';
import {mail} from './mail.ts';
import {rcpt} from './rcpt.ts';
import {noop, quit, rset} from './simple.ts';
import {starttls} from './starttls.ts';
import {vrfy} from './vrfy.ts';
import {xclient} from './xclient.ts';
import {xforward} from './xforward.ts';

export interface SmtpdCommand {
  readonly name: string;
  /** Its word in the counters of the session's last log line. */
  readonly counter: string;
  /** Obeyed before STARTTLS where that is required. */
  readonly worksBeforeTls?: boolean;
  /** Does nothing for a message: many of them are a nuisance (smtpd_junk_command_limit). */
  readonly isJunk?: boolean;
  /** RFC 2920 section 3.1: the client has to wait for the reply. */
  readonly isLast?: boolean;
  /** It is no stage of its own in reject lines. */
  readonly keepsStage?: boolean;
  /** Answers whether it went well; has said its reply by then. */
  run(machine: SmtpdMachine, argument: string): Later<boolean>;
}

const all: readonly SmtpdCommand[] = [
  helo,
  ehlo,
  starttls,
  auth,
  mail,
  rcpt,
  data,
  bdat,
  rset,
  noop,
  vrfy,
  etrn,
  quit,
  xclient,
  xforward,
];

export const commands: ReadonlyMap<string, SmtpdCommand> = new Map(all.map(command => [command.name, command]));
