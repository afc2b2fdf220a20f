/**
 * Runs procmail, formail and lockfile, the originals and ours, each in a folder of its own, and shows what came of it: status,
 * output, and every file with mode and content. The originals sleep a second for each mailbox file: several run at once, while
 * ours, in this process, work off their cases one after the other.
 */
import {spawn} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {hostname, tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {Readable} from 'node:stream';
import {tools} from '../../src/commands/tools.ts';
import {runGuarded, type Stdio} from '../../src/core/base/tool.ts';

export interface Case {
  readonly title: string;
  readonly tool: 'procmail' | 'formail' | 'lockfile';
  readonly args: readonly string[];
  readonly input: string;
  /** Contents by name. `@DIR@` is the folder, here and in `args`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds ago, by name. */
  readonly ages?: Readonly<Record<string, number>>;
  readonly modes?: Readonly<Record<string, number>>;
  readonly owners?: Readonly<Record<string, number>>;
}

const AT_ONCE = 16;

function originalIsMissing(): string | undefined {
  const missing = ['procmail', 'formail', 'lockfile'].filter(name => !existsSync(`/usr/bin/${name}`));
  if (missing.length > 0) return `the original ${missing.join(', ')} is not installed`;
  return process.getuid?.() === 0 ? undefined : 'the comparison with procmail needs root';
}

export function requireOriginals(context: Mocha.Context): void {
  const reason = originalIsMissing();
  if (reason === undefined) return;
  console.log(`      SKIPPED: ${reason}`);
  context.skip();
}

export class BesideProcmail {
  readonly #home = mkdtempSync(join(tmpdir(), 'beside-procmail-'));
  readonly #theirs = new Map<Case, Promise<string>>();

  dispose(): void {
    rmSync(this.#home, {recursive: true, force: true});
  }

  /** Lets the originals begin. */
  prepare(cases: readonly Case[]): void {
    const waiting = [...cases];
    const finish = new Map<Case, (result: string) => void>();
    for (const one of cases) this.#theirs.set(one, new Promise(resolve => void finish.set(one, resolve)));
    const work = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
        finish.get(one)?.(await this.#runOriginal(one).catch((fault: unknown) => String(fault)));
    };
    for (let worker = 0; worker < AT_ONCE; worker++) void work();
  }

  async theirs(one: Case): Promise<string> {
    return (await this.#theirs.get(one)) ?? this.#runOriginal(one);
  }

  async #runOriginal(one: Case): Promise<string> {
    const folder = this.#makeFolder(one);
    const output = openSync(join(folder, 'stdout'), 'w');
    const errors = openSync(join(folder, 'stderr'), 'w');
    const env = {...plainEnvironment(), ...one.env};
    const args = one.args.map(word => word.replaceAll('@DIR@', folder));
    const status = await new Promise<number>((resolve, reject) => {
      const child = spawn(`/usr/bin/${one.tool}`, args, {cwd: folder, env, stdio: ['pipe', output, errors]});
      child.stdin?.on('error', () => undefined); // it may end without reading
      child.on('error', reject);
      child.on('exit', code => resolve(code ?? -1));
      child.stdin?.end(Buffer.from(one.input, 'latin1'));
    });
    for (const fd of [output, errors]) closeSync(fd);
    return shown(folder, status);
  }

  async ours(one: Case): Promise<string> {
    const folder = this.#makeFolder(one);
    const tool = await tools.get(one.tool)?.();
    if (tool === undefined) throw new Error(one.tool);
    const output = openSync(join(folder, 'stdout'), 'a');
    const errors = openSync(join(folder, 'stderr'), 'a');
    const stdio: Stdio = {
      stdin: Readable.from(one.input === '' ? [] : [Buffer.from(one.input, 'latin1')]) as Stdio['stdin'],
      stdout: descriptor(output),
      stderr: descriptor(errors),
      stdoutFd: output,
      stderrFd: errors,
      env: {...plainEnvironment(), ...one.env},
    };
    const [directory, mask] = [process.cwd(), process.umask()];
    process.chdir(folder);
    try {
      const args = one.args.map(word => word.replaceAll('@DIR@', folder));
      const status = await runGuarded(tool, args, stdio);
      return shown(folder, status);
    } finally {
      process.chdir(directory);
      process.umask(mask);
      for (const fd of [output, errors]) closeSync(fd);
    }
  }

  #makeFolder(one: Case): string {
    const folder = mkdtempSync(join(this.#home, 'case-'));
    for (const [name, content] of Object.entries(one.files ?? {})) {
      mkdirSync(dirname(join(folder, name)), {recursive: true});
      writeFileSync(join(folder, name), content.replaceAll('@DIR@', folder), {encoding: 'latin1', mode: 0o600});
    }
    for (const [name, mode] of Object.entries(one.modes ?? {})) chmodSync(join(folder, name), mode);
    for (const [name, uid] of Object.entries(one.owners ?? {})) chownSync(join(folder, name), uid, uid);
    const now = Date.now() / 1000;
    for (const [name, age] of Object.entries(one.ages ?? {})) utimesSync(join(folder, name), now - age, now - age);
    return folder;
  }
}

function plainEnvironment(): Record<string, string> {
  return {PATH: '/usr/local/bin:/usr/bin:/bin', HOME: process.env['HOME'] ?? '/root', LOGNAME: 'root', TZ: 'UTC'};
}

function descriptor(fd: number): Stdio['stdout'] {
  return {
    write(text) {
      writeSync(fd, typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    },
  };
}

/** Status and files; what differs from run to run is made alike. */
function shown(folder: string, status: number): string {
  const names = readdirSync(folder, {recursive: true, encoding: 'latin1'}).sort();
  const parts = names
    .filter(name => !name.endsWith('rc'))
    .map(name => {
      const path = join(folder, name);
      const found = lstatSync(path);
      const mode = name === 'stdout' || name === 'stderr' ? '' : (found.mode & 0o7777).toString(8);
      return [name, mode, found.isFile() ? readFileSync(path, 'latin1') : found.isDirectory() ? '/' : '@'] as const;
    });
  const lines = parts.map(([name, mode, content]) => normalized(`--- ${name} ${mode}\n${content}`, folder));
  return [...lines.sort(), `status ${status}`].join('\n');
}

const HOST = hostname().replaceAll('.', '\\.');

function normalized(text: string, folder: string): string {
  return text
    .replaceAll(folder, '@DIR@')
    .replace(/^procmail: \[\d+\] .*\n/gm, '')
    .replace(/\b(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d 20(?:2[5-9]|[3-9]\d)/g, 'NOW')
    .replace(new RegExp(`\\d{10}\\.\\d+_\\d+\\.${HOST}`, 'g'), 'UNIQUE')
    .replace(new RegExp(`_[\\w-]+[.,+%][\\w-]+\\.${HOST}`, 'g'), '_UNIQUE')
    .replace(new RegExp(`<[\\w-]+\\.[\\w-]+\\.[\\w-]+\\.[\\w-]+@${HOST}>`, 'g'), '<ID>')
    .replace(/msg\.[\w-]{3,}/g, 'msg.UNIQUE')
    .replace(/(BOGUS\.\w+\.)[\w-]+/g, '$1UNIQUE');
}
