/** The commands before the login: one line each. */
import {apop} from './apop.ts';
import {auth} from './auth.ts';
import {capa} from './capa.ts';
import type {LoginCommand} from './login-command.ts';
import {quit} from './quit.ts';
import {stls} from './stls.ts';
import {pass, user} from './user-pass.ts';
import {xclient} from './xclient.ts';

export const loginCommands: ReadonlyMap<string, LoginCommand> = new Map<string, LoginCommand>([
  ['USER', user],
  ['PASS', pass],
  ['AUTH', auth],
  ['APOP', apop],
  ['CAPA', capa],
  ['STLS', stls],
  ['QUIT', quit],
  ['XCLIENT', xclient],
]);
