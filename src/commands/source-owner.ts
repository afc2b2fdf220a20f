/** Root builds a table with the rights of its source's owner, who then owns it (postmap(1) -o). */
import type {Stats} from 'node:fs';

/** Effective ids only, and back again. */
export function asOwner(source: Stats, work: () => void): void {
  const {geteuid, getegid, seteuid, setegid, getgroups, setgroups} = process;
  const isOther = source.uid !== geteuid?.() || source.gid !== getegid?.();
  if (process.getuid?.() !== 0 || geteuid?.() !== 0 || !isOther || !seteuid || !setegid || !setgroups) return work();
  const [gid, groups] = [getegid?.() ?? 0, getgroups?.() ?? []];
  setgroups([source.gid]);
  setegid(source.gid);
  seteuid(source.uid);
  try {
    work();
  } finally {
    seteuid(0);
    setegid(gid);
    setgroups(groups);
  }
}
