/**
 * The two mail systems a benchmark compares, set up alike: the real Postfix and ours. Both take mail for bench.example.net
 * into ten Maildirs of one user, and send the rest to a relay host where one is given.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Home, until} from '../test/support/home.ts';
import {RealPostfix} from '../test/support/real-postfix.ts';

export interface Side {
  readonly name: 'ours' | 'Postfix';
  readonly port: number;
  /** The process all others descend from. */
  readonly pid: number;
  /** Bytes of the log are counted: how many messages were delivered, or are put off, since `mark`. */
  sentSinceMark(): number;
  mark(): void;
  /** Puts aside what was delivered: inodes given back would slow the file system in the rounds that follow. */
  empty(): void;
  stop(): Promise<void>;
}

const USER = 65534;

/** Settings of both; CONFIG and BOXES are folders of the side. */
function settings(relayPort: number | undefined, extra: string): string {
  const relay = relayPort === undefined ? '' : `relayhost = [127.0.0.1]:${relayPort}\n`;
  return (
    `virtual_mailbox_domains = bench.example.net\nvirtual_mailbox_base = BOXES\nvirtual_minimum_uid = 1\n` +
    `virtual_mailbox_maps = regexp:CONFIG/boxes\nvirtual_uid_maps = static:${USER}\nvirtual_gid_maps = static:${USER}\n` +
    `virtual_transport = virtual\nsmtpd_client_connection_count_limit = 0\nmynetworks = 127.0.0.0/8\n` +
    `smtp_tls_security_level = none\nmaximal_queue_lifetime = 5d\n${relay}${extra}`
  );
}

/** One rule a mailbox: virtual(8) allows no substitution. */
const BOXES =
  Array.from({length: 10}, (_, digit) => `/^[0-9]*${digit}user@bench\\.example\\.net$/ box${digit}/\n`).join('') +
  '/^user@bench\\.example\\.net$/ box0/\n';

export async function startReal(relayPort?: number, extra = ''): Promise<Side> {
  const port = await freePort();
  const boxes = makeBoxes();
  const real = new RealPostfix('', `127.0.0.1:${port} inet n - n - - smtpd\n`);
  const main = join(real.config, 'main.cf');
  const text = settings(relayPort, extra).replaceAll('BOXES', boxes).replaceAll('CONFIG', real.config);
  writeFileSync(join(real.config, 'boxes'), BOXES);
  writeFileSync(main, readFileSync(main, 'utf8') + text);
  real.start();
  const pid = Number(readFileSync(join(real.spool, 'pid/master.pid'), 'utf8'));
  return new RunningSide('Postfix', port, pid, boxes, real.maillog, async () => await Promise.resolve(real.dispose()));
}

/** `stallFile`: where our processes say how long their loops stood still. */
export async function startOurs(relayPort?: number, extra = '', stallFile = ''): Promise<Side> {
  const port = await freePort();
  const boxes = makeBoxes();
  const home = new Home([]);
  const master = home.path('etc/postfix/master.cf');
  const config = home.path('etc/postfix');
  const services = readFileSync(master, 'latin1').replace(/^\S+\s+inet\s/gm, '#$&');
  writeFileSync(master, `${services}\n127.0.0.1:${port} inet n - n - - smtpd\n`);
  writeFileSync(join(config, 'boxes'), BOXES);
  home.configure(
    `myhostname = mail.example.com\nmydestination = $myhostname, localhost\n` +
      settings(relayPort, extra).replaceAll('BOXES', boxes).replaceAll('CONFIG', config),
  );
  if (stallFile !== '') {
    writeFileSync(stallFile, '');
    chmodSync(stallFile, 0o666); // it is another user who writes it
    process.env['POSTHORN_STALL_MONITOR'] = stallFile;
  }
  await home.start(process.getuid?.() === 0 ? USER : undefined); // ours needs no root, and is measured without
  delete process.env['POSTHORN_STALL_MONITOR'];
  return new RunningSide('ours', port, home.daemonPid ?? 0, boxes, home.path('var/log/mail.log'), () => home.dispose());
}

class RunningSide implements Side {
  readonly name: 'ours' | 'Postfix';
  readonly port: number;
  readonly pid: number;
  readonly #boxes: string;
  readonly #log: string;
  readonly #dispose: () => Promise<void>;
  #position = 0;
  #sent = 0;
  #rest = '';
  #emptied = 0;

  constructor(
    name: 'ours' | 'Postfix',
    port: number,
    pid: number,
    boxes: string,
    log: string,
    dispose: () => Promise<void>,
  ) {
    this.name = name;
    this.port = port;
    this.pid = pid;
    this.#boxes = boxes;
    this.#log = log;
    this.#dispose = dispose;
    running.add(this);
  }

  mark(): void {
    this.sentSinceMark();
    this.#sent = 0;
  }

  sentSinceMark(): number {
    if (!existsSync(this.#log)) return 0;
    const fd = openSync(this.#log, 'r');
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (let read = readSync(fd, buffer, 0, buffer.length, this.#position); read > 0;) {
      this.#position += read;
      const text = this.#rest + buffer.toString('latin1', 0, read);
      const end = text.lastIndexOf('\n') + 1;
      this.#sent += text.slice(0, end).split('status=sent').length - 1;
      const bounced = /^.*status=bounced.*$/m.exec(text);
      if (bounced !== null) throw new Error(`${this.name}: ${bounced[0]}`);
      this.#rest = text.slice(end);
      read = readSync(fd, buffer, 0, buffer.length, this.#position);
    }
    closeSync(fd);
    return this.#sent;
  }

  empty(): void {
    const aside = join(`${this.#boxes}.done`, String(++this.#emptied));
    mkdirSync(aside, {recursive: true});
    for (const box of readdirSync(this.#boxes)) renameSync(join(this.#boxes, box), join(aside, box));
  }

  async stop(): Promise<void> {
    if (!running.delete(this)) return;
    await this.#dispose();
    for (const folder of [this.#boxes, `${this.#boxes}.done`]) rmSync(folder, {recursive: true, force: true});
  }
}

function makeBoxes(): string {
  const boxes = mkdtempSync(join(tmpdir(), 'bench-boxes-'));
  chmodSync(boxes, 0o777);
  return boxes;
}

export function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const running = new Set<Side>();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void Promise.all([...running].map(side => side.stop())).finally(() => process.exit(1)));

/** Waits until so many messages are delivered; throws at once when one came back. */
export async function whenSent(side: Side, count: number, limitMilliseconds: number): Promise<void> {
  await until(() => side.sentSinceMark() >= count, limitMilliseconds, `${count} messages of ${side.name}`);
}
