/**
 * postfix, postlog and postkick beside the originals: the same commands in the same order, each on a scratch instance of its
 * own, comparing exit status, output and what the log says (without times, process ids and the folder).
 */
import assert from 'node:assert/strict';
import {chmodSync, chownSync, rmSync, writeFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {postfix} from '../../src/commands/postfix.ts';
import {postkick} from '../../src/commands/postkick.ts';
import {postlog} from '../../src/commands/postlog.ts';
import type {Tool} from '../../src/core/base/tool.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';
import {runInProcess} from '../support/stdio.ts';

const TOOLS: Readonly<Record<string, Tool>> = {postfix, postkick, postlog};

interface Seen {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly log: readonly string[];
}

/** Lines of other programs, and those that the original's log daemon may not live to write. */
const UNSTEADY = / postfix\/(?!postfix-script|master|postlog)\w+\[|: (?:stopping|aborting|waiting for) /;

/** One side of the comparison. */
class Side {
  readonly instance = new RealPostfix();
  readonly #isOurs: boolean;
  #logged = 0;

  constructor(isOurs: boolean) {
    this.#isOurs = isOurs;
  }

  async run(tool: string, args: readonly string[], input = ''): Promise<Seen> {
    const done = this.#isOurs
      ? await runInProcess(TOOLS[tool] as Tool, ['-c', this.instance.config, ...args], {input})
      : this.instance.run(tool, args, input);
    await pause(150); // the original's log goes through another process
    return {
      status: done.status,
      stdout: this.#plain(done.stdout),
      stderr: this.#plain(done.stderr),
      log: this.#newLines(),
    };
  }

  #newLines(): string[] {
    const lines = this.instance.log().split('\n').slice(0, -1);
    const fresh = lines.slice(this.#logged);
    this.#logged = lines.length;
    return fresh.map(line => this.#plain(line)).filter(line => !UNSTEADY.test(line));
  }

  #plain(text: string): string {
    return text
      .replaceAll(this.instance.home, 'HOME')
      .replace(/^\w{3} \d\d \d\d:\d\d:\d\d /gm, '')
      .replace(/\[\d+\]:/g, '[PID]:')
      .replace(/PID: \d+/g, 'PID: N');
  }
}

type Step = readonly [string, readonly string[], string?];

const DOWN: readonly Step[] = [
  ['postlog', ['hello', 'world']],
  ['postlog', ['-p', 'warn', '-t', 'x', 'y']],
  ['postlog', ['-p', 'PANIC', 'y']],
  ['postlog', ['-p', 'bogus', 'y']],
  ['postlog', ['-i'], 'one\n\ntwo'],
  ['postlog', ['a\tb\x01\x7f']],
  ['postlog', ['x'.repeat(3000)]],
  ['postlog', ['-Z']],
  ['postlog', ['-t']],
  ['postkick', []],
  ['postkick', ['public', 'pickup']],
  ['postkick', ['public', 'pickup', 'W']],
  ['postkick', ['bogus', 'nosuch', 'W']],
  ['postkick', ['-Z']],
  ['postfix', ['status']],
  ['postfix', ['stop']],
  ['postfix', ['abort']],
  ['postfix', ['reload']],
  ['postfix', ['bogus']],
  ['postfix', []],
  ['postfix', ['-Z']],
  ['postfix', ['-c']],
  ['postfix', ['set-permissions']],
];

const UP: readonly Step[] = [
  ['postfix', ['-v', 'start']],
  ['postfix', ['start']],
  ['postfix', ['status']],
  ['postlog', ['while it runs']],
  ['postkick', ['public', 'nosuch', 'W']],
  ['postfix', ['reload']],
  ['postfix', ['check']],
  ['postfix', ['stop']],
  ['postfix', ['status']],
  ['postfix', ['start', 'extra']],
  ['postfix', ['abort']],
  ['postfix', ['status']],
];

suite('postfix, postlog, postkick beside the originals', function () {
  this.timeout(120_000);
  let sides: readonly [Side, Side];

  suiteSetup(function () {
    requireRealPostfix(this);
    sides = [new Side(false), new Side(true)];
  });
  suiteTeardown(async () => {
    if (sides === undefined) return; // skipped
    await sides[1].run('postfix', ['abort']);
    for (const side of sides) side.instance.dispose();
  });

  async function compare([tool, args, input]: Step): Promise<void> {
    const [theirs, ours] = await Promise.all(sides.map(side => side.run(tool, args, input)));
    assert.deepEqual(ours, theirs);
  }

  for (const step of [...DOWN, ...UP]) test([step[0], ...step[1]].join(' ').slice(0, 60), () => compare(step));

  test('check tells of owners and modes', async () => {
    for (const {instance} of sides) {
      chmodSync(`${instance.config}/main.cf`, 0o664);
      chownSync(`${instance.config}/master.cf`, 65534, 65534);
    }
    await compare(['postfix', ['check']]);
  });

  test('logrotate without a log', async () => {
    for (const {instance} of sides) rmSync(instance.maillog, {force: true});
    await compare(['postfix', ['logrotate']]);
  });

  test('a broken main.cf: nothing but the exit status, away from a terminal', async () => {
    for (const {instance} of sides) writeFileSync(`${instance.config}/main.cf`, 'garbage line\n');
    await compare(['postfix', ['status']]);
  });
});
