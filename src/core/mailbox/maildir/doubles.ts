/**
 * Files that share their base name with another: a UID is given to a base, so one of the two is given another. A second
 * name of the same file goes. What was only seen twice because it was renamed meanwhile is left alone.
 */
import {rename, stat, unlink} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import type {FoundFile} from './scan.ts';

export async function partDoubles(
  directory: string,
  doubles: readonly (readonly [FoundFile, FoundFile])[],
  newName: () => string,
): Promise<void> {
  for (const [first, second] of doubles) {
    const [kept, other] = [first, second].map(
      file => `${directory}/${file.inNew ? 'new' : 'cur'}/${file.base}${file.info}`,
    );
    if (kept === undefined || other === undefined || kept === other) continue;
    const [a, b] = [await inodeOf(kept), await inodeOf(other)];
    if (a === undefined || b === undefined) continue;
    const comma = second.base.indexOf(',');
    const sizes = comma < 0 ? '' : second.base.slice(comma);
    const target = `${directory}/${second.inNew ? 'new' : 'cur'}/${newName()}${sizes}${second.info}`;
    await (a === b ? unlink(toPath(other)) : rename(toPath(other), toPath(target))).catch(ignoreGone);
  }
}

async function inodeOf(path: string): Promise<bigint | undefined> {
  try {
    return (await stat(toPath(path), {bigint: true})).ino;
  } catch (fault) {
    ignoreGone(fault);
    return undefined;
  }
}

function ignoreGone(fault: unknown): void {
  if (systemCode(fault) !== 'ENOENT') throw fault;
}
