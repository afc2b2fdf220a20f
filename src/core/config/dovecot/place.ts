/**
 * Where the dovecot.conf of an instance is: `etc/dovecot/dovecot.conf`, else `etc/dovecot.conf`, below its root. Paths
 * among the defaults lie below the same root.
 */
import {existsSync} from 'node:fs';
import {resolve} from 'node:path';
import {toPath} from '../../base/bytes.ts';
import type {Instance} from '../instance.ts';
import type {ValueRow} from './setting-row.ts';

export interface ConfigPlace {
  readonly file: string;
  /** `/`, or the root of an instance of its own. */
  readonly root: string;
}

/** A file that is named belongs to the instance in whose `etc` it is, else to $POSTHORN_HOME's or the system's. */
export function dovecotConfigPlace(
  named: string | undefined,
  instance: Pick<Instance, 'root'>,
  environment: Readonly<Record<string, string | undefined>>,
): ConfigPlace {
  if (named !== undefined) return {file: named, root: rootOf(named, instance, environment)};
  const below = instance.root === '/' ? '' : instance.root;
  const usual = `${below}/etc/dovecot/dovecot.conf`;
  const short = `${below}/etc/dovecot.conf`;
  return {file: !existsSync(toPath(usual)) && existsSync(toPath(short)) ? short : usual, root: instance.root};
}

function rootOf(
  file: string,
  instance: Pick<Instance, 'root'>,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const home = environment['POSTHORN_HOME'];
  if (home !== undefined && home !== '') return instance.root;
  const path = resolve(file);
  const end = ['/etc/dovecot/dovecot.conf', '/etc/dovecot.conf'].find(each => path.endsWith(each));
  return end === undefined ? '/' : path.slice(0, -end.length) || '/';
}

/** The defaults of an instance, where they are not the general ones. */
export function defaultTextBelow(root: string): (key: string, row: ValueRow) => string | undefined {
  const below = root === '/' ? '' : root;
  return (_key, row) => (row.kind === 'path' && row.defaultText !== undefined ? below + row.defaultText : undefined);
}
