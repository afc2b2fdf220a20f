/** Why a name was not found, in Postfix's words, for log lines, replies and reports. */
import type {DnsAnswer, DnsType} from './dns.ts';

/** What is wrong with the question or the reply itself: these are worded in ways of their own. */
export const INVALID_NAME = 'invalid host or domain name';
export const MALFORMED_REPLY = 'Malformed or unexpected name server reply';
export const ENDLESS_ALIASES = 'Name server loop';
/** What a reply filter made of it (address/filtered-dns.ts). */
export const FILTER_DROPPED_ALL = 'DNS reply filter drops all results';
export const FILTER_FAULT = 'Invalid DNS reply filter syntax';

export function nameServiceError(name: string, type: DnsType, answer: Exclude<DnsAnswer, {kind: 'found'}>): string {
  const {text} = answer;
  if (text === INVALID_NAME) return `Name service error for ${name}: ${text}`;
  if (text === ENDLESS_ALIASES) return `${text} for ${name}`;
  if (text === FILTER_DROPPED_ALL || text === FILTER_FAULT)
    return `Error looking up name=${name} type=${type}: ${text}`;
  const error = `Name service error for name=${name} type=${type}: ${text}`;
  return text === MALFORMED_REPLY ? error : `Host or domain name not found. ${error}`;
}
