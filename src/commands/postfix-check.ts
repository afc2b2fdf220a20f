/**
 * What `postfix check` (and a start) looks at: the configuration, the queue's files, and who owns what. Answers false when a
 * mail system cannot run so; everything else is a warning.
 */
import {existsSync} from 'node:fs';
import {runGuarded} from '../core/base/tool.ts';
import {makeQueueFolders} from '../core/daemon/queue-folders.ts';
import type {Script} from './postfix-actions.ts';
import {checkFiles} from './postfix-check-files.ts';

export interface CheckOptions {
  /**
   * `postfix check`: each file in the queues, which a start does not wait for, and hints on standard error too, which the
   * original does not give.
   */
  readonly isThorough: boolean;
}

export async function checkInstance(script: Script, {isThorough}: CheckOptions): Promise<boolean> {
  const {config} = script;
  makeQueueFolders(config);
  if (!existsSync(`${config.directory}/master.cf`)) {
    script.say('fatal', `no ${config.directory}/master.cf file found`);
    return false;
  }
  const {checkSettings, settingHints} = await import('./postfix-check-settings.ts');
  if (!(await checkSettings(script))) return false;
  const {postsuper} = await import('./postsuper.ts');
  if ((await runGuarded(postsuper, ['-c', config.directory], script.stdio)) !== 0) return false;
  if (isThorough)
    for (const hint of settingHints(config)) {
      script.say('warning', hint);
      if (script.stdio.stderr.isTTY !== true) script.stdio.stderr.write(`postfix: warning: ${hint}\n`);
    }
  checkFiles(config, text => script.say('warning', text), isThorough);
  return true;
}
