/**
 * An instance of its own begins with aliases and without their database, which only newaliases(1) makes. Whatever is about
 * to deliver mail makes it, once: from then on the database is what counts, as ever.
 */
import {existsSync} from 'node:fs';
import {runGuarded, type Output, type Stdio} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';

export async function ensureAliasDatabase(config: Config, stdio: Pick<Stdio, 'env'>): Promise<void> {
  const source = `${config.root}/etc/aliases`;
  if (config.root === '/' || existsSync(`${source}.db`) || !existsSync(source)) return;
  if (config.get('alias_database') !== `hash:${source}`) return;
  const {newaliases} = await import('./newaliases.ts');
  const silent: Output = {write() {}}; // what is wrong with the aliases is told when they are used
  const none = {async *[Symbol.asyncIterator]() {}};
  const surroundings = {env: {...stdio.env, POSTHORN_HOME: config.root}, stdin: none, stdout: silent, stderr: silent};
  await runGuarded(newaliases, ['-C', config.directory], surroundings);
}
