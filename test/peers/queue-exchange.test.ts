/** One queue, two mail systems: what ours queues the original reads and delivers, and the other way round. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {chownSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {setup, suite, teardown, test} from 'mocha';
import {postcat} from '../../src/commands/postcat.ts';
import {postqueue} from '../../src/commands/postqueue.ts';
import {sendmail} from '../../src/commands/sendmail.ts';
import {loadConfig} from '../../src/core/config/load-config.ts';
import {Engine} from '../../src/core/daemon/engine.ts';
import {Log, type LogRecord} from '../../src/core/log/log.ts';
import {until} from '../support/home.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';
import {runInProcess} from '../support/stdio.ts';

const WAIT =
  'transport_maps = inline:{ {def.example=retry:4.3.0 come back later} {other.example=retry:4.4.1 no answer} }\n';
/** By local part of the sender: what is sent. */
const BODIES: Readonly<Record<string, string>> = {
  plain: 'Subject: plain\n\nline one\n.dot\nline three\n',
  eight: 'Subject: gr\xc3\xbc\xc3\x9fe\n\ngr\xc3\xbc\xc3\x9fe \xff\xfe\n',
  nul: 'Subject: nul\n\na\0b\n\0\n',
  lines: `Subject: long\n\n${'x'.repeat(10_000)}\nend\n`,
  big: `Subject: big\n\n${`${'z'.repeat(74)}\n`.repeat(4000)}`,
  held: 'X-Hold: yes\nSubject: held\n\nx\n',
  many: 'Subject: many\n\nx\n',
};

function recipientsOf(name: string): string[] {
  if (name !== 'many') return [`${name}@def.example`];
  return Array.from({length: 120}, (_, i) => `user${i}@${i % 3 === 0 ? 'other' : 'def'}.example`);
}

suite('one queue, two mail systems', function () {
  this.timeout(90_000);
  let real: RealPostfix;
  let logs: string[];

  setup(function () {
    requireRealPostfix(this);
    logs = [];
    real = new RealPostfix();
    settings(WAIT);
    real.start(); // which makes its folders
  });

  teardown(() => real?.dispose());

  function settings(lines: string): void {
    const path = join(real.config, 'main.cf');
    const own = readFileSync(path, 'latin1').split('# test\n')[0] ?? '';
    writeFileSync(
      path,
      `${own}# test\n${lines}header_checks = regexp:${real.config}/checks\nmyorigin = keep.example\n`,
      'latin1',
    );
    writeFileSync(join(real.config, 'checks'), '/^X-Hold:/ HOLD\n');
    writeFileSync(join(real.config, 'boxes'), '/^(.*)@/ $1\n');
  }

  async function withOurs(work: (engine: Engine) => Promise<void>): Promise<void> {
    const sink = {write: ({program, text}: LogRecord) => void logs.push(`${program}: ${text}`)};
    const engine = new Engine({config: loadConfig(real.config, {root: '/'}), log: new Log('qmgr', sink)});
    await engine.start();
    try {
      await work(engine);
    } finally {
      await engine.stop(true);
    }
  }

  function files(): string[] {
    const queues = ['active', 'incoming', 'deferred', 'hold', 'defer', 'bounce', 'trace', 'corrupt', 'maildrop'];
    return queues.flatMap(queue => filesBelow(join(real.spool, queue))).sort();
  }

  test('what ours queues, the original lists, keeps and delivers', async () => {
    real.run('postfix', ['stop']);
    await withOurs(async engine => {
      for (const [name, input] of Object.entries(BODIES)) {
        const args = ['-f', `${name}@keep.example`, ...recipientsOf(name)];
        const run = await runInProcess(sendmail, args, {input, env: {MAIL_CONFIG: real.config}});
        assert.equal(run.status, 0, run.stderr);
      }
      await engine.parts.pickup.scan();
      const waits = (): boolean => filesBelow(join(real.spool, 'deferred')).length === Object.keys(BODIES).length - 1;
      await until(waits, 20_000, 'all to be deferred');
    });

    const uid = Number(execFileSync('id', ['-u', 'postfix'], {encoding: 'utf8'}));
    for (const path of files()) assert.equal(statSync(path).uid, uid, path);

    const theirs = real.run('postqueue', ['-p']);
    const ours = await runInProcess(postqueue, ['-c', real.config, '-p']);
    assert.equal(ours.stdout, theirs.stdout);
    assert.match(theirs.stdout, /7 Requests\.\n$/);
    for (const [, id = ''] of theirs.stdout.matchAll(/^([0-9A-F]{9,})/gm)) {
      const dump = await runInProcess(postcat, ['-c', real.config, '-doq', id]);
      assert.deepEqual({...dump}, real.run('postcat', ['-doq', id]));
    }

    const before = files();
    const check = real.run('postsuper', ['-s']);
    assert.equal(check.stderr, '');
    assert.deepEqual(files(), before);

    settings('transport_maps = static:discard:done\n');
    real.run('postsuper', ['-H', 'ALL']);
    real.start();
    real.run('postqueue', ['-f']);
    await until(() => filesBelow(join(real.spool, 'deferred')).length === 0, 20_000, 'the original to deliver');
    await until(() => filesBelow(join(real.spool, 'active')).length === 0, 20_000, 'the original to deliver');
    assert.equal(real.log().match(/status=sent \(done\)/g)?.length, 6 + 120);
    assert.deepEqual(files(), []);
  });

  test('what the original queued, ours delivers', async () => {
    for (const [name, input] of Object.entries(BODIES)) {
      const args = ['-f', `${name}@keep.example`, ...recipientsOf(name)];
      assert.equal(real.run('sendmail', args, Buffer.from(input, 'latin1')).status, 0);
    }
    const waits = (): boolean => filesBelow(join(real.spool, 'deferred')).length === Object.keys(BODIES).length - 1;
    await until(waits, 20_000, 'all to be deferred');
    real.run('postfix', ['stop']);
    const [first = '', second = ''] = filesBelow(join(real.spool, 'deferred'));
    renameSync(first, join(real.spool, 'active', basename(first)));
    renameSync(second, join(real.spool, 'incoming', basename(second)));

    const boxes = join(real.home, 'boxes');
    mkdirSync(boxes);
    chownSync(boxes, 12_345, 12_345);
    settings(
      `virtual_mailbox_domains = def.example, other.example\nvirtual_mailbox_base = ${boxes}\n` +
        `virtual_mailbox_maps = regexp:${real.config}/boxes\nvirtual_uid_maps = static:12345\nvirtual_gid_maps = static:12345\n`,
    );
    await withOurs(async engine => {
      engine.parts.manager.flush();
      await until(() => filesBelow(join(real.spool, 'deferred')).length === 0, 20_000, 'ours to take all');
      await until(() => filesBelow(join(real.spool, 'active')).length === 0, 20_000, 'ours to deliver').catch(() => {
        throw new Error(logs.slice(-20).join('\n'));
      });
    });
    assert.equal(filesBelow(join(real.spool, 'hold')).length, 1);
    for (const [name, text] of Object.entries(BODIES)) {
      if (name === 'held') continue;
      const body = text.slice(text.indexOf('\n\n'));
      for (const recipient of recipientsOf(name)) {
        const box = readFileSync(join(boxes, recipient.slice(0, recipient.indexOf('@'))), 'latin1');
        assert(box.endsWith(`${body}\n`), recipient);
      }
    }
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, {withFileTypes: true}).flatMap(entry =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}
