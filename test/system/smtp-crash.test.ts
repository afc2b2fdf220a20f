/**
 * DESIGN promise 1 for SMTP, under the load of the benchmarks (20 sessions at a time, to a Maildir and through a relay) and
 * kill -9 of any process at any moment: what was acknowledged arrives, in the server's own mailboxes and, relayed, in those
 * of the next one. A duplicate is the worst case. POSTHORN_KILLS counts as in crash.test.ts.
 */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {freePorts} from '../support/free-ports.ts';
import {Home, until} from '../support/home.ts';
import {sendBySmtp} from '../support/smtp-sender.ts';

const KILLS = Math.max(6, Math.round(Number(process.env['POSTHORN_KILLS'] ?? 8) / 2));
const SESSIONS = 20;

suite('kill -9 under SMTP load', () => {
  test(`${KILLS} kills lose nothing that was acknowledged`, async function () {
    this.timeout(120_000 + KILLS * 6_000);
    const [port = 0, next = 0] = await freePorts(2);
    const server = new Home(['alice']);
    server.configure(
      `myhostname = mail.example.com\nmydestination = example.com\nrelayhost = [127.0.0.1]:${next}\n` +
        'minimal_backoff_time = 1s\nmaximal_backoff_time = 2s\nqueue_run_delay = 1s\nhome_mailbox = Maildir/',
    );
    server.serve(`127.0.0.1:${port} inet n - n - - smtpd`);
    const receiver = new Home(['bob']);
    receiver.configure('myhostname = mx.example.net\nmydestination = example.net\nhome_mailbox = Maildir/');
    receiver.serve(`127.0.0.1:${next} inet n - n - - smtpd`);
    const accepted = new Map<string, 'alice' | 'bob'>();
    const arrived = new Set<string>();
    let sending = true;
    let serial = 0;
    const sender = async (): Promise<void> => {
      while (sending) {
        const mark = `mark-${serial++}-`;
        const [who, to] =
          serial % 2 === 0 ? (['alice', 'alice@example.com'] as const) : (['bob', 'bob@example.net'] as const);
        const body = 'x'.repeat(serial % 9 === 0 ? 300_000 : 500).replace(/.{70}/g, '$&\r\n');
        if (await sendBySmtp(port, 'joe@example.org', to, `Subject: ${mark}\r\n\r\n${mark}\r\n${body}`))
          accepted.set(mark, who);
        else await pause(30);
      }
    };
    try {
      await receiver.start();
      await server.start();
      const senders = Array.from({length: SESSIONS}, sender);
      for (let kill = 0; kill < KILLS; kill++) {
        await pause(200 + Math.random() * 600);
        await KILLERS[kill % KILLERS.length]?.(server, receiver);
      }
      sending = false;
      await Promise.all(senders);
      const missing = (): string[] => {
        for (const [who, home] of [
          ['alice', server],
          ['bob', receiver],
        ] as const)
          for (const text of home.takeMessages(who)) {
            const mark = /\n\n(mark-\d+-)\n/.exec(text)?.[1] ?? '';
            assert.ok(text.endsWith('x\n'), `half of ${mark}`);
            if (accepted.get(mark) === who) arrived.add(mark);
          }
        return [...accepted.keys()].filter(mark => !arrived.has(mark));
      };
      let looks = 0;
      await until(() => {
        if (looks++ % 20 === 0) server.run('postqueue', ['-f']);
        return looks % 5 === 0 && missing().length === 0;
      }, 90_000).catch(() => undefined); // the assertion below says what is missing
      assert.ok(accepted.size > KILLS, `only ${accepted.size} messages were taken`);
      assert.deepEqual(missing(), [], server.run('mailq').stdout + server.log().slice(-3000));
    } finally {
      sending = false;
      await server.killAll();
      await receiver.killAll();
      await server.dispose();
      await receiver.dispose();
    }
  });
});

/** What is killed, in turn: it starts again by itself, or is started again. */
const KILLERS: readonly ((server: Home, receiver: Home) => Promise<void> | void)[] = [
  async server => {
    await server.killAll();
    await server.start();
  },
  server => killWorker(server, 'smtpd'),
  server => killWorker(server, 'queue'),
  async server => {
    process.kill(server.daemonPid ?? 0, 'SIGKILL'); // the master alone: its workers end when they see it
    await server.start();
  },
  server => killWorker(server, ''),
  (_server, receiver) => killWorker(receiver, ''),
];

/** A worker that has the role, any when it is '': its master starts another. */
function killWorker(home: Home, role: string): void {
  const workers = home.descendantPids().filter(pid => commandOf(pid).includes(role));
  const victim = workers[Math.floor(Math.random() * workers.length)];
  try {
    if (victim !== undefined) process.kill(victim, 'SIGKILL');
  } catch {
    // it ended by itself meanwhile
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return ''; // it ended by itself meanwhile
  }
}
