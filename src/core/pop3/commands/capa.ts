/** CAPA after the login (RFC 2449). */
import {CAPABILITIES} from '../login/capa.ts';
import type {MailCommand} from './mail-command.ts';

export const capa: MailCommand = phase => phase.reply(['+OK', ...CAPABILITIES, '.'].join('\r\n'));
