/** The mechanisms that our own server speaks: one line each. */
import {cramMd5Server} from './server-cram-md5.ts';
import {digestMd5Server} from './server-digest-md5.ts';
import {anonymousServer, externalServer} from './server-external.ts';
import type {ServerMechanism} from './server-mechanism.ts';
import {loginServer, plainServer} from './server-plain.ts';
import {scramServer} from './server-scram.ts';

interface ServerRow {
  readonly serve: ServerMechanism;
  /** The forms of a stored password that it can use; undefined: any. */
  readonly schemes?: readonly string[];
}

export const serverMechanisms: ReadonlyMap<string, ServerRow> = new Map<string, ServerRow>([
  ['PLAIN', {serve: plainServer}],
  ['LOGIN', {serve: loginServer}],
  ['CRAM-MD5', {serve: cramMd5Server, schemes: ['PLAIN', 'CRAM-MD5']}],
  ['DIGEST-MD5', {serve: digestMd5Server, schemes: ['PLAIN', 'DIGEST-MD5']}],
  ['SCRAM-SHA-1', {serve: scramServer('SCRAM-SHA-1', 'sha1'), schemes: ['PLAIN', 'SCRAM-SHA-1']}],
  ['SCRAM-SHA-256', {serve: scramServer('SCRAM-SHA-256', 'sha256'), schemes: ['PLAIN', 'SCRAM-SHA-256']}],
  ['EXTERNAL', {serve: externalServer}],
  ['ANONYMOUS', {serve: anonymousServer}],
]);
