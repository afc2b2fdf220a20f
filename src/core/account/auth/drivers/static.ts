/**
 * passdb `static`: the same password, or none (`nopassword`), for everybody. userdb `static`: uid, gid and home from a template,
 * for everybody who is in a passdb, or for all names (`allow_all_users=yes`).
 */
import type {Passdb} from '../passdb.ts';
import {expandTemplate, parseTemplate} from '../template.ts';
import type {Userdb} from '../userdb.ts';
import type {DriverContext} from './driver-context.ts';

export function staticPassdb(args: string): Passdb {
  const template = parseTemplate(args);
  return {
    title: 'static',
    defaultScheme: 'PLAIN',
    lookup(request) {
      request.debug('static', 'lookup');
      return {kind: 'found', password: undefined, fields: expandTemplate(template, request)};
    },
  };
}

export function staticUserdb(args: string, {passdbs, system}: DriverContext): Userdb {
  const all = parseTemplate(args);
  const template = all
    .filter(([name]) => name !== 'allow_all_users' && name !== 'blocking')
    .map(([name, value]) => [name, toId(name, value, system)] as const);
  const allowsAll = all.some(([name, value]) => name === 'allow_all_users' && value === 'yes');
  return {
    title: 'static',
    async lookup(request) {
      if (!allowsAll && !request.isAccepted) {
        const {result} = await passdbs().credentials(request.copyForPassdb(), []);
        if (result === 'broken') return {kind: 'broken', text: ''};
        if (result === 'scheme')
          return {kind: 'broken', text: "passdb doesn't support lookups, can't verify user's existence"};
        if (result !== 'ok') return {kind: 'unknown', isTold: true};
      }
      return {kind: 'found', fields: expandTemplate(template, request)};
    },
  };
}

/** `uid=vmail`: the number counts. */
function toId(name: string, value: string, system: DriverContext['system']): string {
  if (value.includes('%')) return value;
  const number = name === 'uid' ? system.uid(value) : name === 'gid' ? system.gid(value) : undefined;
  return number === undefined ? value : String(number);
}
