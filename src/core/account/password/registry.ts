/** The password schemes: one line each. Their names are taken in any case. */
import {argon2Schemes} from './argon2.ts';
import {cramMd5Schemes} from './cram-md5.ts';
import {cryptSchemes} from './crypt-schemes.ts';
import {digestSchemes} from './digest-schemes.ts';
import {otpScheme} from './otp.ts';
import {pbkdf2Scheme} from './pbkdf2.ts';
import {plainSchemes} from './plain-schemes.ts';
import type {PasswordScheme} from './scheme.ts';
import {scramSchemes} from './scram-schemes.ts';

const all: readonly PasswordScheme[] = [
  ...plainSchemes,
  ...digestSchemes,
  ...cramMd5Schemes,
  ...scramSchemes,
  pbkdf2Scheme,
  otpScheme,
  ...argon2Schemes,
  ...cryptSchemes,
];

export const passwordSchemes: ReadonlyMap<string, PasswordScheme> = new Map(all.map(scheme => [scheme.name, scheme]));
