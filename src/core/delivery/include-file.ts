/**
 * Reads an :include: file (aliases(5)): with the rights of the list it stands in, or root's. A file that is somebody's own
 * and stands in root's list gives its destinations that owner's rights; users can't borrow others' rights that way.
 */
import type {Account} from '../account/accounts.ts';
import type {Attempt} from './local-attempt.ts';
import type {LocalSettings} from './local-settings.ts';
import type {FileStatus, Rights} from './user-files.ts';

export type IncludeFile =
  | {readonly kind: 'opened'; readonly text: string; readonly rights: Account | undefined}
  | {readonly kind: 'refused'; readonly warnings: readonly string[]; readonly isTemporary: boolean};

export async function openIncludeFile(path: string, attempt: Attempt, settings: LocalSettings): Promise<IncludeFile> {
  if (!path.startsWith('/')) return refused(`:include:${path} uses a relative path`);
  const files = settings.files.as(attempt.rights ?? ownRights());
  const looked = await files.status(path, true);
  if ('failure' in looked) return refused(`unable to lookup :include: file ${path}: ${looked.failure.text}`);
  const {found} = looked;
  if (!found.isFile) return refused(`:include: file ${path} is not a regular file`);
  if ((found.mode & 0o002) !== 0) return refused(`:include: file ${path} is world writable`);
  const rights = fileRights(found, attempt, settings);
  if (rights === 'unknown')
    return {
      kind: 'refused',
      isTemporary: true,
      warnings: [`cannot find username for uid ${found.uid}`, `${path}: cannot find :include: file owner username`],
    };
  const read = await (rights === undefined ? files : settings.files.as(rights)).read(path);
  if ('failure' in read) return refused(`open file ${path}: ${read.failure.text}`);
  return {kind: 'opened', text: read.found, rights};
}

function fileRights(status: FileStatus, attempt: Attempt, settings: LocalSettings): Account | undefined | 'unknown' {
  if (attempt.rights !== undefined && attempt.rights.uid !== 0) return attempt.rights;
  if (settings.isTrusted(status.uid)) return attempt.rights;
  return settings.accounts.byUid(status.uid) ?? 'unknown';
}

export function ownRights(): Rights {
  return {uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0};
}

function refused(warning: string): IncludeFile {
  return {kind: 'refused', warnings: [warning], isTemporary: false};
}
