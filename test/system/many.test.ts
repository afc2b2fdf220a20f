/**
 * A message with very many recipients, and one with very many headers, by `sendmail -t`: all are delivered to, once, and
 * memory does not grow with their number. POSTHORN_RECIPIENTS says how many (1000000 takes minutes).
 */
import assert from 'node:assert/strict';
import {closeSync, createReadStream, existsSync, openSync, readFileSync, readSync, statSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {Home, until} from '../support/home.ts';

const RECIPIENTS = Number(process.env['POSTHORN_RECIPIENTS'] ?? 50_000);
const IN_A_HEADER = 1000;

suite('very many', function () {
  this.timeout(120_000 + RECIPIENTS);
  let home: Home;
  setup(async () => {
    home = new Home(['alice']);
    home.configure(
      'default_transport = discard:\nmydestination = example.com\nmessage_size_limit = 0\nmailbox_size_limit = 0\nmyorigin = example.com',
    );
    await home.start();
  });
  teardown(async () => await home.dispose());

  /** Hands text to `sendmail -t`, a piece at a time; answers its exit status, and the most memory it had, in megabytes. */
  async function sendmail(pieces: Iterable<string>): Promise<{status: number | null; megabytes: number}> {
    const child = home.spawn('sendmail', ['-t', '-f', 'alice@example.com']);
    const ended = new Promise<number | null>(resolve => child.once('close', resolve));
    child.stdout?.resume();
    child.stderr?.resume();
    let megabytes = 0;
    const watch = setInterval(() => (megabytes = Math.max(megabytes, peak(child.pid ?? 0))), 20);
    for (const piece of pieces)
      if (child.stdin?.write(piece) === false) await new Promise(resolve => child.stdin?.once('drain', resolve));
    child.stdin?.end();
    const status = await ended;
    clearInterval(watch);
    return {status, megabytes};
  }

  /** The queue's and the SMTP server's processes, and their master. */
  const most = (): number => Math.max(...home.descendantPids().map(peak));

  function logEnd(): string {
    const file = home.path('var/log/mail.log');
    const bytes = Buffer.alloc(200);
    const log = openSync(file, 'r');
    const length = readSync(log, bytes, 0, bytes.length, Math.max(0, statSync(file).size - bytes.length));
    closeSync(log);
    return bytes.toString('latin1', 0, length);
  }

  test(`${RECIPIENTS} recipients of one message`, async () => {
    function* message(): Generator<string> {
      for (let start = 0; start < RECIPIENTS; start += IN_A_HEADER) {
        const count = Math.min(IN_A_HEADER, RECIPIENTS - start);
        yield `To: ${Array.from({length: count}, (_none, at) => `u${start + at}@x.example`).join(',\n ')}\n`;
      }
      yield 'Subject: x\n\nx\n';
    }
    const before = most();
    const {status, megabytes} = await sendmail(message());
    assert.equal(status, 0);
    await until(() => logEnd().endsWith(': removed\n'), 60_000 + RECIPIENTS, home.run('mailq').stdout.slice(-300));
    const seen = new Uint8Array(RECIPIENTS);
    for await (const line of createInterface(createReadStream(home.path('var/log/mail.log')))) {
      const number = /: to=<u(\d+)@x\.example>, .*status=sent/.exec(line)?.[1];
      if (number !== undefined) seen[Number(number)] = (seen[Number(number)] ?? 0) + 1;
    }
    assert.deepEqual([seen.indexOf(0), seen.findIndex(times => times > 1)], [-1, -1]);
    console.log(`      sendmail ${megabytes} MB, the daemon ${before} MB before and ${most()} MB at most`);
    assert.ok(megabytes < 120 + RECIPIENTS / 4000, `sendmail took ${megabytes} MB`); // it holds their names
    assert.ok(most() < before + 150, `grew from ${before} to ${most()} MB`);
  });

  test('a million headers', async () => {
    function* message(): Generator<string> {
      yield 'To: alice@example.com\n';
      for (let at = 0; at < 1000; at++) yield `X-${at}: y\n`.repeat(1000);
      yield '\nlast line\n';
    }
    const before = most();
    const {status, megabytes} = await sendmail(message());
    assert.equal(status, 0);
    await until(() => logEnd().endsWith(': removed\n'), 60_000, 'the message');
    const [text = ''] = home.messages('alice');
    assert.match(text.slice(-100), /\n\nlast line\n/);
    assert.equal(text.match(/\nX-\d+: y(?=\n)/g)?.length, 1_000_000);
    console.log(`      sendmail ${megabytes} MB, the daemon ${before} MB before and ${most()} MB at most`);
    assert.ok(megabytes < 120, `sendmail took ${megabytes} MB`);
    assert.ok(most() < before + 200, `grew from ${before} to ${most()} MB`);
  });
});

/** The most resident memory that a process has had, in megabytes; 0 when it is gone. */
function peak(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(file, 'latin1'))?.[1] ?? 0) / 1024);
  } catch {
    return 0; // it ended in between
  }
}
