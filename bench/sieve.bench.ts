/**
 * LMTP deliveries through a Sieve script of 50 rules beside the real Dovecot with Pigeonhole, by turns on the same disk:
 * BENCH_MESSAGES (10,000) messages, in BENCH_ROUNDS (3) rounds, over eight connections. And what filtering costs a message
 * of ours, in processor time: the same rules where all of them keep, and the same mail to users who have no script. What lies where is compared.
 */
import {spawnSync} from 'node:child_process';
import {appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {once} from 'node:events';
import {createConnection, type Socket} from 'node:net';
import {join} from 'node:path';
import {AccessHome} from '../test/support/access-home.ts';
import {freePorts} from '../test/support/free-ports.ts';
import {MAIL_UID, RealDovecot} from '../test/support/real-dovecot-access.ts';
import {makeMessage} from './imap-servers.ts';
import {median, result} from './measure.ts';
import {cpuSeconds} from './processes.ts';

const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 10_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const LANES = 8;
const RULES = 50;
const BOXES = 5;

/** Most rules look at every message and match none; each mailbox gets its tenth of the mail. */
const FILING = scriptOf(box => `fileinto "Box${box}"; stop;`);
const KEEPING = scriptOf(() => 'keep; stop;');

function scriptOf(store: (box: number) => string): string {
  const rules = Array.from({length: RULES}, (_, rule) => ruleOf(rule, store));
  return `require ["fileinto", "imap4flags", "envelope", "body"];\n${rules.join('')}`;
}

function ruleOf(rule: number, store: (box: number) => string): string {
  if (rule % 10 === 9)
    return `if header :matches "subject" "*topic *${Math.floor(rule / 10)}" { ${store(Math.floor(rule / 10))} }\n`;
  const tests = [
    `header :contains ["subject", "x-label"] "nobody-${rule}"`,
    `address :is "from" "nobody${rule}@example.com"`,
    `allof (exists "list-id", header :matches "list-id" "*list${rule}*")`,
    `envelope :domain :is "from" "example${rule}.invalid"`,
    `size :over ${rule + 1}M`,
  ];
  return `if ${tests[rule % tests.length] ?? ''} { addflag "rule${rule}"; ${store(0)} }\n`;
}

const SETTINGS = (lmtp: string): string => `${lmtp}
protocol lmtp {
  mail_plugins = sieve
}
plugin {
  sieve = ~/.dovecot.sieve
}
`;

interface Server {
  readonly name: 'ours' | 'theirs';
  readonly port: number;
  /** Milliseconds of processor time it has used; of ours only. */
  cpuMs(): number;
  /** His folder, with a Maildir and perhaps a script. */
  addUser(name: string, script: string | undefined): string;
  stop(): Promise<void>;
}

async function startOurs(users: readonly string[]): Promise<Server> {
  const [port = 0] = await freePorts(1);
  const home = await AccessHome.open(
    SETTINGS(`mail_location = maildir:~/Maildir\nservice lmtp {\n  inet_listener lmtp {\n    port = ${port}\n  }\n}`),
  );
  for (const user of users) appendFileSync(home.path('etc/dovecot/users'), `${user}:{PLAIN}secret::::::\n`);
  await home.serveAccess();
  const addUser = (name: string, script: string | undefined): string => layUser(home.path(`home/${name}`), script);
  return {name: 'ours', port, addUser, cpuMs: () => cpuSeconds(home.accessPid ?? 0) * 1000, stop: () => home.dispose()};
}

async function startTheirs(): Promise<Server> {
  const [port = 0] = await freePorts(1);
  const real = new RealDovecot(
    `protocols = lmtp
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${MAIL_UID} gid=${MAIL_UID} home=$HOME/%u allow_all_users=yes
}
${SETTINGS(`service lmtp {\n  service_count = 0\n  process_min_avail = ${LANES}\n  inet_listener lmtp {\n    port = ${port}\n  }\n}`)}`,
  );
  await real.start();
  const addUser = (name: string, script: string | undefined): string => {
    const folder = layUser(join(real.home, name), script);
    spawnSync('chown', ['-R', `${MAIL_UID}:${MAIL_UID}`, folder]);
    return folder;
  };
  return {name: 'theirs', port, addUser, cpuMs: () => 0, stop: () => real.dispose()};
}

function layUser(folder: string, script: string | undefined): string {
  for (const box of ['', ...Array.from({length: BOXES}, (_, n) => `.Box${n}`)])
    for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(folder, 'Maildir', box, part), {recursive: true});
  if (script !== undefined) writeFileSync(join(folder, '.dovecot.sieve'), script);
  return folder;
}

/** Milliseconds until all are delivered, each lane to a user of its own. */
async function deliver(server: Server, users: readonly string[]): Promise<number> {
  const begin = performance.now();
  await Promise.all(users.map((user, lane) => runLane(server.port, user, lane)));
  return performance.now() - begin;
}

async function runLane(port: number, user: string, lane: number): Promise<void> {
  const socket = createConnection(port, '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  const replies = new Replies(socket);
  await replies.expect('220', 1);
  socket.write('LHLO bench.example\r\n');
  await replies.expect('250', 1);
  for (let n = lane; n < MESSAGES; n += LANES) {
    socket.write(`MAIL FROM:<user${n % 97}@example.com>\r\nRCPT TO:<${user}>\r\nDATA\r\n`);
    await replies.expect('354', 3);
    socket.write(`${makeMessage(n).replaceAll('\n', '\r\n')}.\r\n`);
    await replies.expect('250', 1);
  }
  socket.end('QUIT\r\n');
}

/** Whole replies (`250 ...`), continuation lines left out. */
class Replies {
  #text = '';
  #wake: (() => void) | undefined;
  #isEnded = false;

  constructor(socket: Socket) {
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      this.#wake?.();
    });
    for (const event of ['error', 'close'])
      socket.on(event, () => {
        this.#isEnded = true;
        this.#wake?.();
      });
  }

  /** The last of `count` replies has this code; throws where it has not. */
  async expect(code: string, count: number): Promise<void> {
    for (;;) {
      const ends = [...this.#text.matchAll(/^\d{3} .*\r\n/gm)];
      const last = ends[count - 1];
      if (last !== undefined) {
        if (!last[0].startsWith(code)) throw new Error(`LMTP: ${this.#text}`);
        this.#text = this.#text.slice(last.index + last[0].length);
        return;
      }
      if (this.#isEnded) throw new Error(`LMTP: the connection has ended: ${this.#text}`);
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
  }
}

/** How many messages each mailbox has. */
function counts(folders: readonly string[]): string {
  const boxes = ['', ...Array.from({length: BOXES}, (_, n) => `.Box${n}`)];
  const inBox = (folder: string, box: string): number =>
    ['new', 'cur'].reduce((sum, part) => sum + readdirSync(join(folder, 'Maildir', box, part)).length, 0);
  return folders.map(folder => boxes.map(box => inBox(folder, box)).join(' ')).join('\n');
}

if (!existsSync('/usr/lib/dovecot/lmtp') || process.getuid?.() !== 0)
  console.log('SKIPPED: the real Dovecot is not installed, or this is not root');
else await compare();

async function compare(): Promise<void> {
  const names = (round: number, kind: string): string[] =>
    Array.from({length: LANES}, (_, lane) => `${kind}${round}-${lane}`);
  const all = Array.from({length: ROUNDS}, (_, round) =>
    ['filing', 'keeping', 'plain'].flatMap(kind => names(round, kind)),
  );
  const servers = [await startOurs(all.flat()), await startTheirs()];
  const times = {ours: [] as number[], theirs: [] as number[]};
  const cpu = {keeping: [] as number[], plain: [] as number[]};
  let isSame = true;
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const where: string[] = [];
      for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
        const users = names(round, 'filing');
        const folders = users.map(user => server.addUser(user, FILING));
        times[server.name].push(await deliver(server, users));
        where.push(counts(folders));
        if (server.name === 'theirs') continue;
        for (const [kind, script] of [
          ['keeping', KEEPING],
          ['plain', undefined],
        ] as const) {
          const others = names(round, kind);
          for (const user of others) server.addUser(user, script);
          const begin = server.cpuMs();
          await deliver(server, others);
          cpu[kind].push(server.cpuMs() - begin);
        }
      }
      isSame &&= where[0] === where[1];
    }
  } finally {
    for (const server of servers) await server.stop();
  }
  const [ours, theirs] = [median(times.ours), median(times.theirs)];
  const rate = (ms: number): string => `${Math.round((MESSAGES * 1000) / ms)}/s`;
  const ratio = theirs / ours;
  result(
    `LMTP through ${RULES} rules`,
    `${rate(ours)} / ${rate(theirs)} / ${ratio.toFixed(2)}`,
    '2 times as fast',
    ratio >= 2,
  );
  const [filtered, plain] = [median(cpu.keeping) / MESSAGES, median(cpu.plain) / MESSAGES];
  const cost = filtered - plain;
  result(
    'what filtering costs a message, processor time',
    `${cost.toFixed(3)} ms (${filtered.toFixed(2)} / ${plain.toFixed(2)})`,
    'under 0.3 ms',
    cost < 0.3,
  );
  result('the same mail in the same mailboxes', isSame ? 'yes' : 'no', 'yes', isSame);
}
