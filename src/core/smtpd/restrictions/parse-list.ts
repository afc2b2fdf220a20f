/**
 * A restriction list as it is written, taken apart once (SMTPD_ACCESS_README). What is wrong in it is found when it is
 * reached: until then the list works.
 */
import {splitList} from '../../table/braces.ts';
import {restrictions} from './registry.ts';
import type {Item} from './restriction.ts';

export function parseList(text: string): readonly Item[] {
  const elements = splitList(text);
  const items: Item[] = [];
  for (let at = 0; at < elements.length; at++) {
    const name = elements[at] ?? '';
    const restriction = name.includes(':') ? undefined : restrictions.get(name.toLowerCase());
    if (name.toLowerCase() === 'warn_if_reject') items.push({kind: 'warn'});
    else if (name.includes(':')) items.push({kind: 'table', name, after: elements[at + 1]});
    else if (restriction === undefined) items.push({kind: 'other', name});
    else {
      const argument = restriction.takes === undefined ? undefined : elements[++at];
      items.push({kind: 'restriction', name, restriction, argument, after: elements[at + 1]});
    }
  }
  return items;
}

/** The tables and policy services that a list may name: they are opened beforehand. */
export function namedIn(text: string): {readonly tables: readonly string[]; readonly services: readonly string[]} {
  const tables: string[] = [];
  const services: string[] = [];
  let last = '';
  for (const element of splitList(text)) {
    if (last.toLowerCase() === 'check_policy_service') services.push(element);
    else if (element.startsWith('{') || element.includes(':')) tables.push(element);
    last = element;
  }
  return {tables, services};
}
