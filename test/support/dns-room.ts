/**
 * A place for the originals with a DNS of their own: a network and mount namespace in which /etc/resolv.conf names a
 * `DnsStub` on port 53 of its own loopback interface. Nothing gets out of it. Needs root, unshare(1) and nsenter(1).
 *
 *     const room = await DnsRoom.start({'example.net': {MX: [[10, 'mx1.example.net']]}});
 *     const real = new RealPostfix(main, master, room.enter);
 *     real.start(); real.run('sendmail', ['user@example.net'], message);
 *     ... real.dispose(); await room.dispose();
 */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Zone} from './dns-zone.ts';

/** A zone as one line of JSON on standard input is added; the end of the input ends it. */
const SERVER = `
import {createInterface} from 'node:readline';
const {DnsStub} = await import(process.env.DNS_STUB);
const stub = await DnsStub.start({}, {port: 53});
for await (const line of createInterface({input: process.stdin})) {
  stub.add(JSON.parse(line));
  console.log('added');
}
await stub.stop();
`;
const SET_UP =
  'ip link set lo up && mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/hosts && shift 2 && exec "$@"';

export class DnsRoom {
  /** What goes before a command that is to run in here. */
  readonly enter: readonly string[];
  readonly #folder: string;
  readonly #server: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  /** Skips the current test or suite loudly where there can be no such room. */
  static require(context: Mocha.Context): void {
    const probe =
      process.getuid?.() === 0 && spawnSync('unshare', ['-mn', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
    if (probe) return;
    console.log('      SKIPPED: no namespaces here (root, unshare and ip are needed)');
    context.skip();
  }

  static async start(zone: Zone = {}, files: {hosts?: string; options?: string} = {}): Promise<DnsRoom> {
    const folder = mkdtempSync(join(tmpdir(), 'dns-room-'));
    const [resolvConf, hosts] = [join(folder, 'resolv.conf'), join(folder, 'hosts')];
    writeFileSync(resolvConf, `nameserver 127.0.0.1\n${files.options ?? 'options timeout:1 attempts:1'}\n`);
    writeFileSync(hosts, files.hosts ?? '127.0.0.1 localhost\n');
    const node = [process.execPath, '--import=tsx', '--input-type=module', '--eval', SERVER];
    const server = spawn('unshare', ['-mn', 'sh', '-c', SET_UP, 'sh', resolvConf, hosts, ...node], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {...process.env, DNS_STUB: new URL('./dns-stub.ts', import.meta.url).href},
    });
    const room = new DnsRoom(folder, server);
    await room.add(zone);
    return room;
  }

  private constructor(folder: string, server: ChildProcess) {
    this.#folder = folder;
    this.#server = server;
    this.enter = ['nsenter', `--target=${server.pid}`, '--mount', '--net', '--'];
    if (server.stdout === null) throw new Error('the DNS server has no output');
    this.#answers = createInterface({input: server.stdout})[Symbol.asyncIterator]();
  }

  /** Adds names, or replaces them. */
  async add(zone: Zone): Promise<void> {
    this.#server.stdin?.write(`${JSON.stringify(zone)}\n`);
    if ((await this.#answers.next()).value !== 'added') throw new Error('the DNS server of the namespace has ended');
  }

  async dispose(): Promise<void> {
    const ended = once(this.#server, 'exit');
    this.#server.stdin?.end();
    await ended;
    rmSync(this.#folder, {recursive: true, force: true});
  }
}
