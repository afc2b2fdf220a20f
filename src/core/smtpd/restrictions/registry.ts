/** All restrictions (SMTPD_ACCESS_README): a family a file, a declaration a name. */
import {accessChecks} from './access-checks.ts';
import {address} from './address.ts';
import {certificateAccess} from './certificate-access.ts';
import {client} from './client.ts';
import {dnsListChecks} from './dns-list-checks.ts';
import {generic} from './generic.ts';
import {helo} from './helo.ts';
import {login} from './login.ts';
import {mxBackup} from './mx-backup.ts';
import {policyCheck} from './policy-check.ts';
import {relay} from './relay.ts';
import type {Restriction} from './restriction.ts';
import {serverAccess} from './server-access.ts';
import {verified} from './verified.ts';

const ALL: readonly Restriction[] = [
  ...generic,
  ...client,
  ...helo,
  ...address,
  ...login,
  ...relay,
  ...mxBackup,
  ...verified,
  ...accessChecks,
  ...serverAccess,
  ...certificateAccess,
  ...dnsListChecks,
  ...policyCheck,
];

/** By name in lower case, former names too. */
export const restrictions: ReadonlyMap<string, Restriction> = new Map(
  ALL.flatMap(restriction =>
    [restriction.name, ...(restriction.formerly ?? [])].map(name => [name, restriction] as const),
  ),
);

/** Restrictions that are made of others. */
export const BUILT_IN_CLASSES: ReadonlyMap<string, string> = new Map([
  [
    'reject_sender_login_mismatch',
    'reject_authenticated_sender_login_mismatch reject_unauthenticated_sender_login_mismatch',
  ],
]);
