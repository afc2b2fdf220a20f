/**
 * Runs the same steps with an original tool and with ours, each in a folder of its own with the same files in it, and
 * compares status, output and what is on disk. The originals sleep a second before each fatal end: scenarios run their
 * part of them side by side.
 */
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {tools} from '../../src/commands/tools.ts';
import {runInProcess, type ToolRun} from './stdio.ts';

export type Step = readonly [command: string, input?: string];

export interface Scenario {
  readonly title: string;
  /** Contents by name; latin1. */
  readonly files?: Readonly<Record<string, string>>;
  /** Seconds ago, by name. */
  readonly ages?: Readonly<Record<string, number>>;
  readonly modes?: Readonly<Record<string, number>>;
  readonly owners?: Readonly<Record<string, readonly [uid: number, gid: number]>>;
  /** Tool and arguments, divided by blanks that are not in single quotes. */
  readonly steps: readonly Step[];
  /** What both sides' output is made alike with. */
  readonly normalize?: (text: string) => string;
}

export class BesideOriginals {
  readonly #home = mkdtempSync(join(tmpdir(), 'posthorn-beside-'));
  readonly #config = join(this.#home, 'etc');
  readonly #theirs = new Map<Scenario, Promise<string[]>>();
  readonly #start = process.cwd();

  constructor(mainCf: string) {
    chmodSync(this.#home, 0o755);
    mkdirSync(this.#config);
    writeFileSync(join(this.#config, 'main.cf'), mainCf);
  }

  dispose(): void {
    process.chdir(this.#start);
    rmSync(this.#home, {recursive: true});
  }

  /** Lets the originals begin. */
  prepare(scenarios: readonly Scenario[]): void {
    const waiting = [...scenarios];
    const finish = new Map<Scenario, (results: string[]) => void>();
    for (const scenario of scenarios)
      this.#theirs.set(scenario, new Promise(resolve => void finish.set(scenario, resolve)));
    const work = async (): Promise<void> => {
      for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift())
        finish.get(scenario)?.(await this.#runTheirs(scenario).catch((fault: unknown) => [String(fault)]));
    };
    for (let worker = 0; worker < 12; worker++) void work();
  }

  async compare(scenario: Scenario): Promise<void> {
    const folder = this.#makeFolder(scenario, 'ours');
    process.chdir(folder);
    const ours: string[] = [];
    for (const [command, input = ''] of scenario.steps) {
      const [name = '', ...argv] = words(command);
      const tool = await tools.get(name)?.();
      assert(tool !== undefined, name);
      const run = await runInProcess(tool, argv, {
        input,
        env: {...process.env, MAIL_CONFIG: this.#config} as Record<string, string>,
      });
      ours.push(shown(command, run, folder, scenario));
    }
    assert.equal(ours.join('\n'), (await this.#theirs.get(scenario))?.join('\n'));
  }

  async #runTheirs(scenario: Scenario): Promise<string[]> {
    const folder = this.#makeFolder(scenario, 'theirs');
    const results: string[] = [];
    for (const [command, input = ''] of scenario.steps)
      results.push(shown(command, await this.#original(words(command), input, folder), folder, scenario));
    return results;
  }

  #original([name = '', ...argv]: readonly string[], input: string, folder: string): Promise<ToolRun> {
    return new Promise((resolve, reject) => {
      const env = {...process.env, MAIL_CONFIG: this.#config, LC_ALL: 'C'};
      const child = spawn(name, argv, {cwd: folder, env, stdio: 'pipe'});
      const written = {stdout: '', stderr: ''};
      child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString('latin1')));
      child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString('latin1')));
      child.stdin.on('error', () => undefined); // it may end without reading
      child.on('error', reject);
      child.on('close', status => resolve({status: status ?? -1, ...written}));
      child.stdin.end(Buffer.from(input, 'latin1'));
    });
  }

  #makeFolder(scenario: Scenario, side: string): string {
    const folder = mkdtempSync(join(this.#home, `${side}-`));
    chmodSync(folder, 0o777);
    for (const [name, content] of Object.entries(scenario.files ?? {})) {
      mkdirSync(dirname(join(folder, name)), {recursive: true});
      if (name.endsWith('/')) mkdirSync(join(folder, name), {recursive: true});
      else writeFileSync(join(folder, name), content, {encoding: 'latin1', mode: 0o644});
    }
    for (const [name, mode] of Object.entries(scenario.modes ?? {})) chmodSync(join(folder, name), mode);
    for (const [name, [uid, gid]] of Object.entries(scenario.owners ?? {})) chownSync(join(folder, name), uid, gid);
    const now = Date.now() / 1000;
    for (const [name, age] of Object.entries(scenario.ages ?? {})) utimesSync(join(folder, name), now - age, now - age);
    return folder;
  }
}

/** What is compared: the run, and the databases there are now with mode and owner. */
function shown(command: string, {status, stdout, stderr}: ToolRun, folder: string, scenario: Scenario): string {
  const isList = / -\w*s\b/.test(command) && status === 0; // the order of a database is its own
  const lines = isList ? stdout.split('\n').sort().join('\n') : stdout;
  const databases = readdirSync(folder)
    .filter(name => /\.(db|cdb|lmdb)$/.test(name))
    .sort()
    .map(name => {
      const {mode, uid, gid} = statSync(join(folder, name));
      return `${name} ${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
    });
  const text = `$ ${command}\n${lines}${stderr}status ${status}; ${databases.join(', ')}`;
  const plain = text.replace(/(YP_LAST_MODIFIED\W+)\d{10}/g, '$1TIME');
  return scenario.normalize === undefined ? plain : scenario.normalize(plain);
}

function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
