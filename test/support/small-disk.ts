/** A file system of a few megabytes, in a file, which tests can fill; root alone can mount one. */
import {spawnSync} from 'node:child_process';
import {closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export class SmallDisk {
  readonly #folder = mkdtempSync(join(tmpdir(), 'posthorn-disk-'));
  readonly #mounted: string[] = [];

  /** An empty folder, for whatever the test has besides. */
  get folder(): string {
    return this.#folder;
  }

  /** Mounts it at a path, which is made; skips the test where that can't be done. */
  mount(path: string, context: Mocha.Context, megabytes = 12): void {
    const image = join(this.#folder, 'image');
    mkdirSync(path, {recursive: true});
    spawnSync('dd', ['if=/dev/zero', `of=${image}`, 'bs=1M', `count=${megabytes}`]);
    const isMounted =
      spawnSync('mkfs.ext4', ['-q', '-m', '0', image]).status === 0 &&
      spawnSync('mount', ['-o', 'loop', image, path]).status === 0;
    if (isMounted) return void this.#mounted.push(path);
    console.log('      SKIPPED: no loop file system can be mounted here (needs root)');
    context.skip();
  }

  /** Until nothing fits any more; `drain` makes the room again. */
  fill(): void {
    const file = openSync(this.#filler, 'w');
    try {
      for (let size = 1 << 20; size >= 1; size >>= 1) while (writeAll(file, size));
    } finally {
      closeSync(file);
    }
  }

  drain(): void {
    rmSync(this.#filler, {force: true});
  }

  dispose(): void {
    for (const path of this.#mounted) spawnSync('umount', ['-l', path]);
    rmSync(this.#folder, {recursive: true, force: true});
  }

  get #filler(): string {
    return join(this.#mounted[0] ?? this.#folder, 'filler');
  }
}

/** False: there was no room. */
function writeAll(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch {
    return false;
  }
}
