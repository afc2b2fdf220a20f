/**
 * postfix, postlog and postkick beside the originals: the same commands in the same order, each on a scratch instance of its
 * own, comparing exit status, output and what the log says (without times, process ids and the folder).
 */
import assert from 'node:assert/strict';
import {appendFileSync, chmodSync, chownSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
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

/** Lines of other programs, those that the original's log daemon writes late or never, and hints that are ours alone. */
const UNSTEADY = / postfix\/(?!postfix-script|postlog)\w+\[|: (?:stopping|aborting|waiting for) | has no effect yet/;

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
      stderr: this.#plain(done.stderr).replace(/^(?:.* has no effect yet|postfix: error: .*)\n/gm, ''),
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

  const ORIGINAL = new Map<RealPostfix, string>();

  suiteSetup(function () {
    requireRealPostfix(this);
    sides = [new Side(false), new Side(true)];
    for (const {instance} of sides) ORIGINAL.set(instance, readFileSync(`${instance.config}/main.cf`, 'latin1'));
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

  test('the master tells when it starts and reads its configuration again', () => {
    for (const {instance} of sides) {
      const lines = instance.log().replaceAll(instance.home, 'HOME');
      for (const event of ['daemon started', 'reload'])
        assert.match(
          lines,
          new RegExp(` postfix/master\\[\\d+\\]: ${event} -- version 3\\.7\\.11, configuration HOME/etc\\n`),
        );
    }
  });

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

  const withSettings = (main: string, master = ''): void => {
    for (const {instance} of sides) {
      writeFileSync(`${instance.config}/main.cf`, ORIGINAL.get(instance) + main);
      appendFileSync(`${instance.config}/master.cf`, master);
    }
  };

  for (const level of ['', 'compatibility_level = 2\n'])
    test(`backwards-compatible defaults: ${level.trim()}`, async () => {
      withSettings('');
      for (const {instance} of sides) {
        const file = `${instance.config}/main.cf`;
        writeFileSync(file, readFileSync(file, 'latin1').replace(/^compatibility_level.*\n/m, level));
      }
      await compare(['postfix', ['status']]);
    });

  test('a number out of bounds', async () => {
    withSettings('line_length_limit = 10\n');
    await compare(['postfix', ['check']]);
  });

  test('a parameter that is none: told once, and with a hint', async () => {
    withSettings('mydestinaton = x\n');
    const [theirs, ours] = await Promise.all(sides.map(side => side.run('postfix', ['check'])));
    const warning = '/usr/sbin/postconf: warning: HOME/etc/main.cf: unused parameter: mydestinaton=x\n';
    assert.ok(theirs?.stderr.startsWith(warning)); // many times over
    const hint =
      'postfix: warning: HOME/etc/main.cf, line 13: unknown parameter mydestinaton; did you mean mydestination?\n';
    assert.equal(ours?.stderr, warning + hint);
    assert.equal(ours.status, theirs?.status);
  });

  test('a broken master.cf', async () => {
    withSettings('', 'foo unix n\n');
    await compare(['postfix', ['check']]);
    await compare(['postfix', ['start']]);
  });

  test('a broken main.cf: nothing but the exit status, away from a terminal', async () => {
    for (const {instance} of sides) writeFileSync(`${instance.config}/main.cf`, 'garbage line\n');
    await compare(['postfix', ['status']]);
  });
});
