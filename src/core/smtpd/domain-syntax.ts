/** Whether the domain of an envelope address can be one at all, as smtpd(8) judges before it asks any restriction. */
import {isAscii, toText} from '../base/bytes.ts';
import {domainToASCII} from 'node:url';
import {splitAddress} from '../message/address-syntax.ts';

/** What is beyond ASCII has to be an internationalized name (RFC 5890), and needs SMTPUTF8. */
export function hasValidDomain(address: string, isUtf8: boolean): boolean {
  const {domain} = splitAddress(address);
  if (domain === undefined || isAscii(domain)) return true;
  return isUtf8 && domainToASCII(toText(domain)) !== '';
}
