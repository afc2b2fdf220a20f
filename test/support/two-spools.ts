/**
 * Two instances with the same queue in them: the original's tools work on the one, ours on the other. A scratch copy keeps
 * names, times and modes, so that what both print can be compared byte by byte, and what they leave file by file.
 */
import {execFileSync, spawn} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {mailq} from '../../src/commands/mailq.ts';
import {postcat} from '../../src/commands/postcat.ts';
import {postqueue} from '../../src/commands/postqueue.ts';
import {postsuper} from '../../src/commands/postsuper.ts';
import {qshape} from '../../src/commands/qshape.ts';
import {sendmail} from '../../src/commands/sendmail.ts';
import type {RealPostfix} from './real-postfix.ts';
import {runInProcess, type ToolRun} from './stdio.ts';

const TOOLS = new Map([mailq, postcat, postqueue, postsuper, qshape, sendmail].map(tool => [tool.name, tool]));
const QUEUES = ['maildrop', 'incoming', 'active', 'deferred', 'hold', 'corrupt', 'bounce', 'defer', 'trace'];

export class Spool {
  readonly home = mkdtempSync(join(tmpdir(), 'posthorn-spool-'));
  readonly config = join(this.home, 'etc');
  readonly spool = join(this.home, 'spool');

  /** A copy of the queue of `source`, with `main` added to its settings. */
  constructor(source: {readonly config: string; readonly spool: string}, main = '') {
    execFileSync('chmod', ['755', this.home]);
    mkdirSync(this.config);
    cpSync(join(source.config, 'master.cf'), join(this.config, 'master.cf'));
    const settings = readFileSync(join(source.config, 'main.cf'), 'latin1')
      .replaceAll(source.spool, this.spool)
      .replace(/^maillog_file = .*/m, 'maillog_file ='); // which only its owner may write
    writeFileSync(join(this.config, 'main.cf'), `${settings}${main}`, 'latin1');
    execFileSync('cp', ['-a', source.spool, this.spool]);
  }

  dispose(): void {
    rmSync(this.home, {recursive: true, force: true});
  }

  /** What is in the queues: path and mode of each file, and where asked its bytes. */
  files(): string[] {
    const found: string[] = [];
    const walk = (folder: string): void => {
      for (const entry of readdirSync(join(this.spool, folder), {withFileTypes: true})) {
        const path = `${folder}/${entry.name}`;
        if (entry.isDirectory()) walk(path);
        else found.push(`${path} ${(statSync(join(this.spool, path)).mode & 0o7777).toString(8)}`);
      }
    };
    for (const queue of QUEUES) walk(queue);
    return found.sort();
  }

  theirs(name: string, argv: readonly string[], input = ''): Promise<ToolRun> {
    return new Promise((resolve, reject) => {
      const child = spawn(name, argv, {cwd: this.spool, env: this.#environment(), stdio: 'pipe'});
      const written = {stdout: '', stderr: ''};
      child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString('latin1')));
      child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString('latin1')));
      child.stdin.on('error', () => undefined); // it may end without reading
      child.on('error', reject);
      child.on('close', status => resolve({status: status ?? -1, ...written}));
      child.stdin.end(Buffer.from(input, 'latin1'));
    });
  }

  async ours(name: string, argv: readonly string[], input = ''): Promise<ToolRun> {
    const tool = TOOLS.get(name);
    if (tool === undefined) throw new Error(`no tool ${name}`);
    const start = process.cwd();
    process.chdir(this.spool);
    try {
      return await runInProcess(tool, argv, {input, env: this.#environment()});
    } finally {
      process.chdir(start);
    }
  }

  #environment(): Record<string, string> {
    return {...process.env, MAIL_CONFIG: this.config, LC_ALL: 'C'} as Record<string, string>; // of this process: all strings
  }
}

/** The run as one text; the folder's name, which differs between the sides, is left out. */
export function shownRun({status, stdout, stderr}: ToolRun, {home}: {readonly home: string}): string {
  return `${stdout}${stderr}status ${status}`.replaceAll(home, 'HOME');
}

/** The id of each message in a queue by its sender, as the original's `postqueue -j` tells it. */
export function idsBySender(real: RealPostfix): Map<string, string> {
  const ids = new Map<string, string>();
  for (const line of real.run('postqueue', ['-j']).stdout.split('\n').filter(Boolean)) {
    const {queue_id: id, sender} = JSON.parse(line) as {queue_id: string; sender: string}; // as postqueue(1) has it
    ids.set(sender, id);
  }
  return ids;
}
