/** postmap -F: a value is a list of files; what a database holds is the base64 of their content, a newline between. */
import {readFileSync} from 'node:fs';
import {toPath} from '../base/bytes.ts';
import {describe} from '../base/errors.ts';
import {splitList} from './braces.ts';

export type FileContent = {readonly base64: string} | {readonly fault: string};

export function encodeFiles(value: string): FileContent {
  const parts: Buffer[] = [];
  const files = splitList(value);
  if (files.length === 0) return {fault: `empty pathname list: >>${value}<<'`};
  for (const file of files) {
    try {
      if (parts.length > 0) parts.push(Buffer.from('\n'));
      parts.push(readFileSync(toPath(file)));
    } catch (fault) {
      return {fault: `open ${file}: ${describe(fault)}`};
    }
  }
  return {base64: Buffer.concat(parts).toString('base64')};
}

/** The content back, as a byte string; undefined when it is no base64. */
export function decodeFiles(base64: string): string | undefined {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  return Buffer.from(base64, 'base64').toString('latin1');
}
