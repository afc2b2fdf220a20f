/**
 * The Postfix parameters: name, type, default, bounds, what it does, and whether it has effect here yet, in one file a
 * subsystem. Defaults and bounds are those of Postfix 3.7; parsing, `postconf`, help, man pages and checks derive from
 * these rows.
 */
import type {Parameter} from './parameter.ts';
import {general} from './parameters/general.ts';
import {later} from './parameters/later.ts';
import {lmtpClient} from './parameters/lmtp.ts';
import {milter} from './parameters/milter.ts';
import {posthorn} from './parameters/posthorn.ts';
import {postscreen} from './parameters/postscreen.ts';
import {smtpClient} from './parameters/smtp.ts';
import {smtpd} from './parameters/smtpd.ts';
import {tls} from './parameters/tls.ts';

export const parameters = {
  ...general,
  ...smtpd,
  ...smtpClient,
  ...lmtpClient,
  ...postscreen,
  ...tls,
  ...milter,
  ...posthorn,
  ...later,
} satisfies Record<string, Parameter>;

export type ParameterName = keyof typeof parameters;
