/** passdb and userdb `passwd`: the system's users. The password stands in passwd(5) itself, which is rare today; shadow(5) is another driver. */
import type {PasswdLine} from '../../passwd-file.ts';
import {splitFields} from '../fields.ts';
import type {Passdb, PassdbEntry} from '../passdb.ts';
import type {AuthRequest} from '../request.ts';
import {expandTemplate, parseTemplate} from '../template.ts';
import type {Userdb} from '../userdb.ts';
import type {DriverContext} from './driver-context.ts';

export function passwdPassdb(args: string, {system}: DriverContext): Passdb {
  const {scheme} = parseArgs(args);
  return {
    title: 'passwd',
    defaultScheme: scheme,
    cacheKey: '',
    lookup(request) {
      request.debug('passwd', 'lookup');
      const line = system.user(request.user ?? '');
      if (line?.uid === undefined) return {kind: 'unknown'};
      if (!isValidPassword(line.password)) return disabled(request, 'passwd', line.password);
      return {kind: 'found', password: line.password, fields: []};
    },
  };
}

/** Other words in `args` are fields that take the place of the system's. */
export function passwdUserdb(args: string, {system, settings, log}: DriverContext): Userdb {
  const template = parseTemplate(parseArgs(args).fields);
  if (template.length > 0) log.warning('userdb passwd: Move templates args to override_fields setting');
  return {
    title: 'passwd',
    cacheKey: '',
    lookup(request) {
      request.debug('passwd', 'lookup');
      const line = system.user(request.user ?? '');
      if (line?.uid === undefined || line.gid === undefined) return {kind: 'unknown'};
      const fields: [string, string][] = [
        ['system_groups_user', line.name],
        ['uid', String(line.uid)],
        ['gid', String(line.gid)],
        ['home', line.home],
      ];
      return {kind: 'found', fields: [...fields, ...expandTemplate(template, request)]};
    },
    *list() {
      for (const line of system.users())
        if (isMailUser(line, settings.firstValidUid, settings.lastValidUid)) yield line.name;
    },
  };
}

function parseArgs(args: string): {readonly scheme: string; readonly fields: string} {
  const known = [...splitFields(args)];
  const scheme = known.find(([name]) => name === 'scheme')?.[1] ?? 'CRYPT';
  const fields = known.filter(([name]) => name !== 'scheme' && name !== 'blocking');
  return {scheme, fields: fields.map(([name, value]) => `${name}=${value}`).join(' ')};
}

export function disabled(request: AuthRequest, title: string, password: string): PassdbEntry {
  request.info(title, `invalid password field${request.showsPasswords ? ` '${password}'` : ''}`);
  return {kind: 'disabled'};
}

/** No password, or a locked one. */
export function isValidPassword(password: string): boolean {
  return password !== '' && !password.startsWith('*') && !password.startsWith('!');
}

/** Whom first_valid_uid and last_valid_uid allow: others are no users of mail. */
function isMailUser({uid = 0}: PasswdLine, first: number, last: number): boolean {
  return uid >= first && (last === 0 || uid <= last);
}
