/** The commands that are known before the login: one line each. */
import {authenticate} from './authenticate.ts';
import {capability} from './capability.ts';
import {enable} from './enable.ts';
import {id} from './id.ts';
import {login} from './login.ts';
import type {LoginCommand} from './login-command.ts';
import {logout} from './logout.ts';
import {noop} from './noop.ts';
import {starttls} from './starttls.ts';

const all: readonly LoginCommand[] = [authenticate, capability, enable, id, login, logout, noop, starttls];

export const loginCommands: ReadonlyMap<string, LoginCommand> = new Map(all.map(command => [command.name, command]));
