/**
 * 5,000 messages of 4 KB, 20 at a time, through queue and local delivery to Maildir: ours from the library's injector,
 * the real Postfix from smtp-source, by turns in one run on the same disk, every fsync in place. Both deliver to 20 users.
 */
import {spawnSync} from 'node:child_process';
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Posthorn} from '../src/index.ts';
import {realPostfixMissing, RealPostfix} from '../test/support/real-postfix.ts';
import {median, result} from './measure.ts';

const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 5000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const AT_ONCE = 20;
const USERS = Array.from({length: 20}, (_, i) => `user${i}`);
const MESSAGE = `Subject: bench\n\n${`${'x'.repeat(75)}\n`.repeat(53)}`;

/** Messages a second, and CPU seconds per 1,000. */
interface Figures {
  readonly rate: number;
  readonly cpu: number;
}

async function ours(): Promise<Figures> {
  const mail = await Posthorn.start({users: USERS, settings: {home_mailbox: 'Maildir/'}, keep: 0});
  try {
    const cpu = process.cpuUsage();
    const begin = performance.now();
    let serial = 0;
    const inject = async (): Promise<void> => {
      for (let i = serial++; i < MESSAGES; i = serial++)
        await mail.submit({from: 'bench@example.com', to: [USERS[i % USERS.length] ?? ''], message: MESSAGE});
    };
    await Promise.all(Array.from({length: AT_ONCE}, inject));
    await mail.whenIdle();
    const seconds = (performance.now() - begin) / 1000;
    const {user, system} = process.cpuUsage(cpu);
    return {rate: MESSAGES / seconds, cpu: (user + system) / 1e6 / (MESSAGES / 1000)};
  } finally {
    await mail.stop();
  }
}

/** Into a virtual Maildir: no system account needs to be made for it. */
async function theirs(): Promise<Figures> {
  const port = await freePort();
  const boxes = mkdtempSync(join(tmpdir(), 'bench-boxes-'));
  chmodSync(boxes, 0o777);
  const real = new RealPostfix(
    `virtual_mailbox_domains = bench.example.net\nvirtual_mailbox_base = ${boxes}\nvirtual_minimum_uid = 1\n` +
      `virtual_uid_maps = static:65534\nvirtual_gid_maps = static:65534\n` +
      `virtual_transport = virtual\nsmtpd_client_connection_count_limit = 0\n`,
    `127.0.0.1:${port} inet n - n - - smtpd\n`,
  );
  writeFileSync(join(real.config, 'boxes'), '/^[0-9]*user@bench\\.example\\.net$/ user/\n');
  spawnSync('postconf', ['-c', real.config, '-e', `virtual_mailbox_maps = regexp:${real.config}/boxes`]);
  real.start();
  try {
    const begin = performance.now();
    spawnSync('smtp-source', [
      ...['-s', String(AT_ONCE), '-m', String(MESSAGES), '-l', '4096', '-N'],
      ...['-f', 'bench@example.com', '-t', 'user@bench.example.net', `127.0.0.1:${port}`],
    ]);
    const sent = (): number => real.log().split('status=sent').length - 1;
    while (sent() < MESSAGES && performance.now() - begin < 120_000) spawnSync('sleep', ['0.05']);
    const seconds = (performance.now() - begin) / 1000;
    return {rate: sent() / seconds, cpu: NaN};
  } finally {
    real.dispose();
    rmSync(boxes, {recursive: true, force: true});
  }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const hasPeer = realPostfixMissing() === undefined;
const mine: Figures[] = [];
const ratios: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const figures = await ours();
  mine.push(figures);
  if (!hasPeer) continue;
  const peer = await theirs();
  ratios.push(figures.rate / peer.rate);
  const [rate, theirRate] = [figures.rate, peer.rate].map(figure => figure.toFixed(0));
  console.log(`  (round ${round + 1}: ours ${rate}/s at ${figures.cpu.toFixed(2)} s, the real Postfix ${theirRate}/s)`);
}
const cpu = median(mine.map(figures => figures.cpu));
if (hasPeer) {
  const ratio = median(ratios);
  result(`${MESSAGES} x 4 KB to Maildir: rate`, `${ratio.toFixed(2)} x Postfix`, '>= 2', ratio >= 2);
} else console.log('SKIPPED: the real Postfix is not here to compare the rate with');
result(`${MESSAGES} x 4 KB to Maildir: CPU`, `${cpu.toFixed(2)} s per 1,000`, '<= 1.5 s', cpu <= 1.5);
