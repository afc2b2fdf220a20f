/** posthorn serve: runs the mail system in the foreground and says how to try it. */
import {Command, Flags} from '@oclif/core';
import {toText} from '../../core/base/bytes.ts';
import {describe} from '../../core/base/errors.ts';
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
      const signal = await runInForeground(config, () => {
        this.log(`The mail system runs in ${root}; Ctrl-C stops it.`);
        this.log(`It takes mail from sendmail on this machine. The SMTP server is not part of this version yet.`);
        this.log(`\nTry, in another terminal:`);
        if (process.env['POSTHORN_HOME'] !== undefined) this.log(`  export POSTHORN_HOME=${root}`);
        this.log(`  echo hello | posthorn sendmail $USER`);
        this.log(`  posthorn queue`);
        this.log(`  posthorn explain postmaster`);
      });
      dieOf(signal);
    } catch (fault) {
      this.error(describe(fault), {exit: 1});
    }
  }
}
