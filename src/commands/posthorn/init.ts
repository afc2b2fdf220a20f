/** posthorn init: makes an instance, or what one misses, and says where everything is. */
import {Args, Command} from '@oclif/core';
import {resolve} from 'node:path';
import {ensureAliasDatabase} from '../first-aliases.ts';
import {ensureInstance, resolveInstance} from '../../core/config/instance.ts';
import {loadConfig} from '../../core/config/load-config.ts';

export default class Init extends Command {
  static override readonly summary = 'Make an instance, or what is missing of one.';
  static override readonly description =
    'An instance is one folder with everything of a mail system in it. Every command makes what it misses, so this is only ' +
    'needed to see where things are, or for an instance elsewhere. A file that exists is never touched.';
  static override readonly examples = ['<%= config.bin %> init', '<%= config.bin %> init /srv/mail'];
  static override readonly args = {
    folder: Args.string({description: 'the folder; $POSTHORN_HOME, else ~/.posthorn, when not given'}),
  };

  override async run(): Promise<void> {
    const {args} = await this.parse(Init);
    const home = args.folder === undefined ? process.env['POSTHORN_HOME'] : resolve(args.folder);
    const instance = resolveInstance(undefined, {...process.env, POSTHORN_HOME: home});
    if (instance.root === '/')
      this.error('this is the instance of the whole system (/etc/postfix); name a folder to make another one');
    ensureInstance(instance);
    const {root, configDirectory} = instance;
    await ensureAliasDatabase(loadConfig(configDirectory, {root}), process);
    this.log(`The instance is in ${root}`);
    this.log(`  etc/postfix/main.cf   settings ("postconf -e name=value" changes one)`);
    this.log(`  etc/aliases           other names for mailboxes (then "newaliases")`);
    this.log(`  etc/dovecot/users     accounts besides yours`);
    this.log(`  var/mail              mailboxes, and var/log/mail.log the log`);
    if (args.folder !== undefined) this.log(`To use it:  export POSTHORN_HOME=${root}`);
  }
}
