/** posthorn serve: runs the mail system in the foreground and says how to try it. */
import {existsSync} from 'node:fs';
import {resolve} from 'node:path';
import {Command, Flags} from '@oclif/core';
import {toText} from '../../core/base/bytes.ts';
import {describe} from '../../core/base/errors.ts';
import {resolveInstance} from '../../core/config/instance.ts';
import {ensureAliasDatabase} from '../first-aliases.ts';
import {openToolConfig} from '../open-config.ts';

export default class Serve extends Command {
  static override readonly summary = 'Run the mail system in the foreground.';
  static override readonly description =
    'Runs until it gets SIGTERM or SIGINT (Ctrl-C), finishing the deliveries under way first. SIGHUP reads the configuration again.';
  static override readonly flags = {
    config: Flags.string({char: 'c', helpValue: 'DIR', description: 'directory of main.cf'}),
  };

  override async run(): Promise<void> {
    const {flags} = await this.parse(Serve);
    const config = openToolConfig(flags.config, process.env);
    await ensureAliasDatabase(config, process);
    const {dieOf, runInForeground} = await import('../../core/daemon/run-master.ts');
    const root = toText(config.root);
    try {
      const access = {root: config.root, file: undefined, overrides: []};
      const signal = await runInForeground(
        config,
        listening => {
          this.log(`The mail system runs in ${root}; Ctrl-C stops it.`);
          this.log(`It takes mail from sendmail on this machine, and clients at: ${listening.join(', ')}`);
          this.log('\nTry, in another terminal:');
          for (const line of firstLines(root)) this.log(`  ${line}`);
        },
        access,
      );
      dieOf(signal);
    } catch (fault) {
      this.error(describe(fault), {exit: 1});
    }
  }
}

/** What to type first; as it must be typed where posthorn is not installed, or the instance is not the usual one. */
function firstLines(root: string): string[] {
  const folders = (process.env['PATH'] ?? '').split(':');
  const isInstalled = folders.some(folder => existsSync(`${folder}/posthorn`));
  const posthorn = isInstalled ? 'posthorn' : resolve(process.argv[1] ?? 'posthorn');
  const {POSTHORN_HOME: _home, ...elsewhere} = process.env;
  const isUsual = resolveInstance(undefined, elsewhere).root === root;
  return [
    ...(isUsual ? [] : [`export POSTHORN_HOME=${root}`]),
    `echo hello | ${posthorn} sendmail $USER`,
    `${posthorn} queue`,
    `${posthorn} explain postmaster`,
  ];
}
