/** The protocols that mail clients are served by; a new one is one line. */
import type {ServedClient} from './served-client.ts';
import {serveAuthClient, serveAuthMaster} from './serve-auth.ts';
import {serveImap} from './serve-imap.ts';
import {serveLmtp} from './serve-lmtp.ts';
import {servePop3} from './serve-pop3.ts';
import {serveManageSieve} from './serve-managesieve.ts';

export const protocols: ReadonlyMap<string, (served: ServedClient) => Promise<void>> = new Map([
  ['auth-client', serveAuthClient],
  ['auth-master', serveAuthMaster(true)],
  ['auth-userdb', serveAuthMaster(false)],
  ['imap', serveImap],
  ['lmtp', serveLmtp],
  ['pop3', servePop3],
  ['sieve', serveManageSieve],
]);
