/** The passdb and userdb drivers: one line each. */
import type {Passdb} from '../passdb.ts';
import type {Userdb} from '../userdb.ts';
import {checkpasswordPassdb, checkpasswordUserdb} from './checkpassword.ts';
import type {DriverContext} from './driver-context.ts';
import {passwdFilePassdb, passwdFileUserdb} from './passwd-file.ts';
import {passwdPassdb, passwdUserdb} from './passwd.ts';
import {prefetchUserdb} from './prefetch.ts';
import {pamPassdb, shadowPassdb} from './shadow.ts';
import {staticPassdb, staticUserdb} from './static.ts';

export const passdbDrivers: ReadonlyMap<string, (args: string, context: DriverContext) => Passdb> = new Map([
  ['passwd-file', passwdFilePassdb],
  ['passwd', passwdPassdb],
  ['shadow', (args: string, context: DriverContext) => shadowPassdb(args, context)],
  ['pam', pamPassdb],
  ['static', staticPassdb],
  ['checkpassword', checkpasswordPassdb],
]);

export const userdbDrivers: ReadonlyMap<string, (args: string, context: DriverContext) => Userdb> = new Map([
  ['passwd-file', passwdFileUserdb],
  ['passwd', passwdUserdb],
  ['static', staticUserdb],
  ['prefetch', prefetchUserdb],
  ['checkpassword', checkpasswordUserdb],
]);
