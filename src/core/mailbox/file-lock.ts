/**
 * The kernel's locks on an open mailbox, fcntl(2) and flock(2), which Node does not offer: called through koffi, an
 * optional dependency that is loaded with the first such lock. Without it `isAvailable` says no, and lock files remain.
 *
 * Never blocks: a lock that another process holds answers false. fcntl locks do not exclude within one process, and end
 * when the process closes any descriptor of the file, so the caller keeps its own turns (mbox-writer.ts).
 */
export type FileLockStyle = 'fcntl' | 'flock';

interface Locks {
  tryLock(fd: number, style: FileLockStyle): boolean;
}

let loading: Promise<Locks | undefined> | undefined;

/** Is it taken? Undefined when this machine can't tell (koffi is not installed, or not a 64-bit Linux). */
export async function tryFileLock(fd: number, style: FileLockStyle): Promise<boolean | undefined> {
  loading ??= loadLocks();
  return (await loading)?.tryLock(fd, style);
}

/** <fcntl.h> of Linux on 64-bit machines. */
const F_SETLK = 6;
const F_WRLCK = 1;
const FLOCK_BYTES = 32;
const LOCK_EX = 2;
const LOCK_NB = 4;

async function loadLocks(): Promise<Locks | undefined> {
  if (process.platform !== 'linux' || !['x64', 'arm64', 'riscv64', 'loong64'].includes(process.arch)) return undefined;
  try {
    const {default: koffi} = await import('koffi');
    const library = koffi.load(null);
    const fcntl = library.func('int fcntl(int fd, int command, ...)');
    const flock = library.func('int flock(int fd, int operation)');
    return {
      tryLock(fd, style) {
        if (style === 'flock') return flock(fd, LOCK_EX | LOCK_NB) === 0;
        const whole = Buffer.alloc(FLOCK_BYTES); // struct flock: type, whence = start of file, start 0, length 0: to the end
        whole.writeInt16LE(F_WRLCK, 0);
        return fcntl(fd, F_SETLK, 'void *', whole) === 0;
      },
    };
  } catch {
    return undefined; // not installed: it is optional
  }
}
