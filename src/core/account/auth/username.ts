/**
 * A name as a client gives it, and as it is looked up: default realm, allowed characters, translation and format (auth_username_* and
 * auth_default_realm). Order and refusals are those of Dovecot's auth service.
 */
import {expandVariables, userVariables} from '../../config/dovecot/variables.ts';
import type {AuthSettings} from './settings.ts';

export type NormalName =
  {readonly kind: 'name'; readonly name: string} | {readonly kind: 'refused'; readonly text: string};

export function normalizeName(given: string, settings: AuthSettings): NormalName {
  if (given === '') return {kind: 'refused', text: 'Empty username'};
  const {defaultRealm, usernameFormat} = settings;
  const refusal = disallowed(given, settings.usernameChars);
  if (refusal !== undefined) return {kind: 'refused', text: refusal};
  const full = defaultRealm !== '' && !given.includes('@') ? `${given}@${defaultRealm}` : given;
  const translated = translate(full, settings.usernameTranslation);
  const name =
    usernameFormat === ''
      ? translated
      : expandVariables(usernameFormat, {values: authVariables(translated), onFault: () => undefined});
  return name === '' ? {kind: 'refused', text: 'Empty username'} : {kind: 'name', name};
}

function disallowed(name: string, allowed: string): string | undefined {
  const wrong = allowed === '' ? undefined : Array.from(name).find(character => !allowed.includes(character));
  if (wrong === undefined) return undefined;
  const code = wrong.charCodeAt(0).toString(16).padStart(2, '0');
  return `Username character disallowed by auth_username_chars: 0x${code} (username: ${printable(name)})`;
}

function translate(name: string, pairs: string): string {
  if (pairs === '') return name;
  const table = new Map<string, string>();
  for (let at = 0; at + 1 < pairs.length; at += 2) table.set(pairs.charAt(at), pairs.charAt(at + 1));
  return Array.from(name, character => table.get(character) ?? character).join('');
}

/** What the auth service knows of a name beyond what all settings do. */
export function authVariables(name: string): Map<string, string> {
  const domain = name.slice(name.indexOf('@') + 1 || name.length);
  return new Map([
    ...userVariables(name),
    ['domain_first', domain.split('@', 1)[0] ?? ''],
    ['domain_last', domain.slice(domain.lastIndexOf('@') + 1)],
  ]);
}

export function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}
