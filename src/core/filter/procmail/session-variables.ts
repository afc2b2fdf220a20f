/** The variables a run of procmail begins with (procmail(1) OPTIONS -p, procmailrc(5) Environment "Defaults"). */
import {hostname} from 'node:os';
import {toByteString} from '../../base/bytes.ts';
import type {Identities, Identity} from './identity.ts';
import {DEFAULT_LINEBUF, type State, STEERING_TEXTS} from './state.ts';

export const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin';

export interface FirstVariables {
  readonly who: Identity | undefined;
  readonly world: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly identities: Identities;
    readonly sendmail: string | undefined;
  };
  readonly preservesEnvironment: boolean;
  readonly isFilter: boolean;
  /** One was named on the command line. */
  readonly hasRcFile: boolean;
}

export function setFirstVariables(state: State, first: FirstVariables): void {
  const {who, world, preservesEnvironment, isFilter, hasRcFile} = first;
  const {variables, steering} = state;
  for (const [name, value] of keptEnvironment(world, preservesEnvironment)) variables.put(name, value);
  variables.put('LINEBUF', String(DEFAULT_LINEBUF));
  if (hasRcFile) variables.put('COMSAT', 'no');
  const mailbox = who?.mailbox ?? '/tmp/dead.letter';
  variables.put('LOGNAME', who?.name ?? String(process.getuid?.() ?? 0));
  variables.put('SHELL', who?.shell ?? '/bin/sh');
  variables.put('HOME', who?.home ?? '/');
  variables.put('ORGMAIL', mailbox);
  steering.set('DEFAULT', mailbox);
  if (world.sendmail !== undefined) steering.set('SENDMAIL', world.sendmail);
  if (preservesEnvironment && isFilter) return;
  variables.put('PROCMAIL_VERSION', '3.23pre');
  for (const [name] of [...STEERING_TEXTS].reverse()) {
    const text = state.steer(name);
    if (text !== '') variables.put(name, text);
  }
  variables.put('HOST', toByteString(hostname()));
  for (const name of ['LASTFOLDER', 'EXITCODE', 'IFS', 'ENV', 'PWD']) variables.drop(name);
}

/** PATH of a recipient's own rc files. */
export function userPath({variables}: State): string {
  return `${variables.text('HOME')}/bin:${SYSTEM_PATH}`;
}

/** What could change how programs are linked never passes; without -p nearly nothing does. */
const DANGEROUS = ['LD_', '_RLD', 'LIBPATH=', 'ELF_LD_', 'AOUT_LD_'];
const KEPT = ['TZ'];
/** So that the sendmail that forwards finds its instance. */
const KEPT_IN_INSTANCE = ['POSTHORN_HOME', 'MAIL_CONFIG'];

function keptEnvironment({env, identities}: FirstVariables['world'], preserves: boolean): [string, string][] {
  const kept = identities.root === undefined ? KEPT : [...KEPT, ...KEPT_IN_INSTANCE];
  const found: [string, string][] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !(preserves || kept.includes(name))) continue;
    if (DANGEROUS.some(start => `${name}=`.startsWith(start))) continue;
    found.push([toByteString(name), toByteString(value)]);
  }
  return found;
}
