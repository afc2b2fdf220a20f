/**
 * A server whose lists refuse nobody would relay for the whole world: smtpd does not start without a restriction that
 * refuses strangers in smtpd_relay_restrictions or smtpd_recipient_restrictions (SMTPD_ACCESS_README).
 */
import type {Config} from '../../config/config.ts';
import {splitList} from '../../table/braces.ts';
import {BUILT_IN_CLASSES} from './registry.ts';

const REFUSING = [
  'reject_unauth_destination',
  'defer_unauth_destination',
  'reject',
  'defer',
  'defer_if_permit',
  'check_relay_domains',
];

/** What the original says when it ends for this reason; undefined: the lists protect. `warn` hears of what is never reached. */
export function relayProtectionFault(config: Config, warn: (text: string) => void = () => {}): string | undefined {
  const search = {classes: restrictionClasses(config), warn};
  const lists = [config.get('smtpd_recipient_restrictions'), config.get('smtpd_relay_restrictions')];
  if (lists.some(list => refuses(list, search, 0))) return undefined;
  const names = `${REFUSING.slice(0, -1).join(', ')} or ${REFUSING.at(-1) ?? ''}`;
  return (
    'in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, ' +
    `specify at least one working instance of: ${names}`
  );
}

/** The texts of the operator's restriction classes; '' for one without definition. */
export function restrictionClasses(config: Config): ReadonlyMap<string, string> {
  const names = config.list('smtpd_restriction_classes');
  return new Map([...names.map(name => [name, config.lookup(name) ?? ''] as const), ...BUILT_IN_CLASSES]);
}

/** Classes that name each other in a ring protect nobody. */
const MAX_DEPTH = 100;

interface Search {
  readonly classes: ReadonlyMap<string, string>;
  readonly warn: (text: string) => void;
}

function refuses(list: string, search: Search, depth: number): boolean {
  const elements = splitList(list);
  for (let at = 0; at < elements.length; at++) {
    const name = elements[at] ?? '';
    const after = elements[at + 1];
    if (name.toLowerCase() === 'warn_if_reject') at++;
    else if (name.toLowerCase() === 'permit') {
      if (after !== undefined) search.warn(`restriction \`${after}' after \`${name}' is ignored`);
      return false;
    } else if (REFUSING.includes(name.toLowerCase())) return true;
    else if (depth < MAX_DEPTH && refuses(search.classes.get(name) ?? '', search, depth + 1)) return true;
  }
  return false;
}
