/** The mechanisms that our own server speaks: one line each. */
import type {ServerMechanism} from './server-mechanism.ts';
import {loginServer, plainServer} from './server-plain.ts';

export interface ServerRow {
  readonly serve: ServerMechanism;
  /** The forms of a stored password that it can use; undefined: any. */
  readonly schemes?: readonly string[];
}

export const serverMechanisms: ReadonlyMap<string, ServerRow> = new Map<string, ServerRow>([
  ['PLAIN', {serve: plainServer}],
  ['LOGIN', {serve: loginServer}],
]);
