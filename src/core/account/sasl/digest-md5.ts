/**
 * What both sides of DIGEST-MD5 (RFC 2831, now historic) share: its lists of directives, and the digest that proves the
 * password. Only `auth` without a security layer, and `md5-sess`.
 */
import {md5} from '../password/digest-schemes.ts';

const MAX_DIRECTIVES = 50;

/** `name=value, name="quoted \"value\""`: a name's first value counts; undefined when it is no such list. */
export function parseDirectives(text: string): Map<string, string> | undefined {
  const directives = new Map<string, string>();
  const pattern = /[ \t\r\n,]*([A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[^])*)"|([^",\s]*))[ \t\r\n]*(?:,|$)/y;
  for (let count = 0; pattern.lastIndex < text.length; count++) {
    const [, name, quoted, plain = ''] = pattern.exec(text) ?? [];
    if (name === undefined || count === MAX_DIRECTIVES) return undefined;
    const value = quoted === undefined ? plain : quoted.replace(/\\([^])/g, '$1');
    if (!directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), value);
  }
  return directives;
}

export function quoteDirective(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

export interface DigestParts {
  /** MD5 of user, realm and password. */
  readonly secret: Buffer;
  readonly nonce: string;
  readonly cnonce: string;
  readonly count: string;
  readonly uri: string;
  readonly authorizationId: string | undefined;
}

/** In hexadecimal digits. `method`: `AUTHENTICATE` for the client's proof, '' for the server's. */
export function digestProof(parts: DigestParts, method: 'AUTHENTICATE' | ''): string {
  const {secret, nonce, cnonce, count, uri, authorizationId} = parts;
  const session = `:${nonce}:${cnonce}${authorizationId === undefined ? '' : `:${authorizationId}`}`;
  const first = hex(Buffer.concat([secret, Buffer.from(session, 'latin1')]));
  const second = hex(Buffer.from(`${method}:${uri}`, 'latin1'));
  return hex(Buffer.from(`${first}:${nonce}:${count}:${cnonce}:auth:${second}`, 'latin1'));
}

function hex(message: Buffer): string {
  return md5(message).toString('hex');
}
