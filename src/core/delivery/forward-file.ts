/**
 * Finds a user's .forward file: the first of forward_path that exists, looked at and read with the user's rights. One
 * that somebody else may have written is not used (local(8), aliases(5)).
 */
import type {Account} from '../account/accounts.ts';
import type {Attempt} from './local-attempt.ts';
import {localValue} from './local-names.ts';
import type {LocalSettings} from './local-settings.ts';
import {expandTemplate} from './template.ts';
import type {FileStatus, UserFiles} from './user-files.ts';

export type ForwardFile =
  | {
      readonly kind: 'usable';
      readonly path: string;
      readonly text: string;
      /** Its members get the address's extension: the file is not the extension's own. */
      readonly keepsExtension: boolean;
    }
  | {readonly kind: 'refused'; readonly path: string; readonly warning: string};

export async function forwardFileOf(
  attempt: Attempt,
  account: Account,
  settings: LocalSettings,
): Promise<ForwardFile | undefined> {
  const files = settings.files.as(account);
  for (const template of settings.forwardPath) {
    const {
      text: path,
      isIncomplete,
      problem,
      names,
    } = expandTemplate(template, {
      value: name => localValue(name, attempt, settings),
      allowed: settings.forwardFilter,
    });
    if (isIncomplete || problem !== undefined) continue;
    const looked = await files.status(path, false);
    if ('failure' in looked) continue;
    const keepsExtension = !names.has('extension') && settings.propagates('forward');
    return await readForward(path, looked.found, account, files, keepsExtension);
  }
  return undefined;
}

async function readForward(
  path: string,
  status: FileStatus,
  account: Account,
  files: UserFiles,
  keepsExtension: boolean,
): Promise<ForwardFile> {
  const refused = (warning: string): ForwardFile => ({kind: 'refused', path, warning});
  if (!status.isFile) return refused(`file ${path} is not a regular file`);
  if (status.uid !== 0 && status.uid !== account.uid) return refused(`file ${path} has bad owner uid ${status.uid}`);
  if ((status.mode & 0o002) !== 0) return refused(`file ${path} is world writable`);
  const read = await files.read(path);
  if ('failure' in read) return refused(`cannot open file ${path}: ${read.failure.text}`);
  return {kind: 'usable', path, text: read.found, keepsExtension};
}
