/**
 * The real smtpd and ours side by side: the same main.cf, a service for each set of `-o` settings that a case asks for,
 * and a client address of its own for each case, by which the lines of the log are told apart. Queued mail is kept in
 * the queue, so that its file can be compared too.
 */
import {execFileSync} from 'node:child_process';
import {appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {postcat} from '../../src/commands/postcat.ts';
import {freePorts} from './free-ports.ts';
import {Home} from './home.ts';
import {RealPostfix} from './real-postfix.ts';
import {playDialogue, type Step} from './smtp-dialogue.ts';
import {runInProcess} from './stdio.ts';

export interface DialogueCase {
  readonly title: string;
  /** `-o` settings; FILES is the folder of the tables. */
  readonly set?: Readonly<Record<string, string>>;
  /** Of `mynetworks`, or not (the default); or an address of 127.0.0.0/8. */
  readonly client?: 'inside' | 'stranger' | (string & {});
  readonly before?: readonly Step[];
  readonly say: readonly Step[];
  /** Addresses which the log has for this session, after XCLIENT or PROXY. */
  readonly alsoLoggedAs?: readonly string[];
  /** The lines of the log depend on who is faster. */
  readonly withoutLog?: boolean;
  /** Why ours answers otherwise, and what it says. */
  readonly differs?: {readonly why: string; readonly says: readonly string[]};
}

export interface Played {
  readonly transcript: readonly string[];
  readonly log: readonly string[];
  /** The queue files of the accepted messages, as postcat(1) prints them. */
  readonly messages: readonly string[];
}

interface Side {
  readonly config: string;
  start(): Promise<void>;
  log(): string;
  dispose(): Promise<void>;
}

/** The original has no REQUIRETLS: ours does without it here. */
const MAIN_CF = `
compatibility_level = 3.6
requiretls_enable = no
myhostname = mail.example.com
mydomain = example.com
myorigin = example.com
mydestination = mail.example.com, localhost, example.com
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.2.0.0/16
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_junk_command_limit = 1000
alias_maps =
alias_database =
local_recipient_maps = texthash:FILES/local
virtual_alias_domains = valias.example
virtual_alias_maps = texthash:FILES/aliases
virtual_mailbox_domains = vbox.example
virtual_mailbox_maps = texthash:FILES/boxes
relay_domains = relay.example
relay_recipient_maps = texthash:FILES/relayed
relocated_maps = texthash:FILES/moved
transport_maps = texthash:FILES/transports
recipient_delimiter = +
defer_transports = smtp, relay, local, virtual, lmtp, error, retry, discard
smtpd_tls_chain_files = FILES/both.pem
smtpd_tls_loglevel = 1
smtpd_tls_security_level =
smtpd_sasl_auth_enable = no
smtpd_tls_auth_only = no
smtpd_forbid_unauth_pipelining = no
smtpd_forbid_bare_newline = no
fast_flush_domains = relay.example
header_checks = regexp:FILES/mainHeaders
body_checks = regexp:FILES/bodies
default_process_limit = 500
max_idle = 30
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C
`;

const SESSIONS_AT_ONCE = 12;

export class Sides {
  readonly #files = mkdtempSync(join(tmpdir(), 'dialogue-files-'));
  readonly #cases: readonly DialogueCase[];
  readonly #addresses = new Map<DialogueCase, string>();
  /** `-o` settings, printed -> index of the service. */
  readonly #services = new Map<string, number>();
  readonly #sides: Side[] = [];

  constructor(cases: readonly DialogueCase[], files: Readonly<Record<string, string>> = {}) {
    this.#cases = cases;
    chmodSync(this.#files, 0o755);
    for (const [name, text] of Object.entries({...files, 'both.pem': certificate(this.#files)}))
      writeFileSync(join(this.#files, name), text, {encoding: 'latin1', mode: 0o644});
    for (const [i, one] of cases.entries()) {
      this.#addresses.set(one, clientAddress(one, i));
      const key = serviceKey(one);
      if (!this.#services.has(key)) this.#services.set(key, this.#services.size);
    }
  }

  async playReal(): Promise<Map<DialogueCase, Played>> {
    return await this.#play(async ports => await Promise.resolve(new RealSide(this.#main(), this.#master(ports))));
  }

  async playOurs(): Promise<Map<DialogueCase, Played>> {
    return await this.#play(
      async ports => await Promise.resolve(new OurSide(this.#main(), this.#master(ports), ports)),
    );
  }

  async dispose(): Promise<void> {
    for (const side of this.#sides) await side.dispose();
    rmSync(this.#files, {recursive: true, force: true});
  }

  #main(): string {
    return MAIN_CF.trimStart().replaceAll('FILES', this.#files);
  }

  #master(ports: readonly number[]): string {
    const lines = [...this.#services].map(([key, index]) => {
      const options = (JSON.parse(key) as [string, string][]) // as serviceKey() printed it
        .map(([name, value]) => `\n  -o { ${name} = ${value.replaceAll('FILES', this.#files)} }`);
      const tag = `\n  -o syslog_name=postfix/s${index}`;
      return `127.0.0.1:${ports[index]} inet n - n - - smtpd${tag}${options.join('')}\n`;
    });
    return lines.join('');
  }

  /** A port that another process has taken meanwhile costs another try. */
  async #startSide(
    make: (ports: readonly number[]) => Promise<Side>,
  ): Promise<{readonly side: Side; readonly ports: readonly number[]}> {
    for (let tries = 1; ; tries++) {
      const ports = await freePorts(this.#services.size);
      const side = await make(ports);
      try {
        await side.start();
        this.#sides.push(side);
        return {side, ports};
      } catch (fault) {
        await side.dispose();
        if (tries === 3) throw fault;
      }
    }
  }

  async #play(make: (ports: readonly number[]) => Promise<Side>): Promise<Map<DialogueCase, Played>> {
    const {side, ports} = await this.#startSide(make);
    const transcripts = new Map<DialogueCase, readonly string[]>();
    const waiting = [...this.#cases];
    const worker = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
        transcripts.set(one, await this.#playOne(one, ports));
    };
    await Promise.all(Array.from({length: SESSIONS_AT_ONCE}, worker));
    const lines = await this.#finishedLog(side, ports);
    const played = new Map<DialogueCase, Played>();
    for (const [one, transcript] of transcripts) {
      const own = this.#linesOf(one, lines);
      const ids = own.flatMap(line => /: (\w+): client=/.exec(line)?.[1] ?? []);
      const messages = await Promise.all(ids.map(async id => await queueFile(side, id)));
      const plain = (text: string): string => withoutChance(text, ports, this.#files);
      played.set(one, {
        transcript: transcript.map(plain),
        log: own.map(plain),
        messages: messages.map(plain),
      });
    }
    return played;
  }

  async #playOne(one: DialogueCase, ports: readonly number[]): Promise<readonly string[]> {
    const port = ports[this.#services.get(serviceKey(one)) ?? 0] ?? 0;
    try {
      return await playDialogue(one.say, {port, from: this.#addresses.get(one), before: one.before});
    } catch (fault) {
      return [`(${String(fault)})`];
    }
  }

  /** The log once every session has its last line, or nothing is added to it any more. */
  async #finishedLog(side: Side, ports: readonly number[]): Promise<string[]> {
    let size = -1;
    for (;;) {
      const text = side.log();
      if (text.length === size) return this.#plainLines(text, ports);
      size = text.length;
      await pause(700);
    }
  }

  /** `PROGRAM: text` for each line of smtpd and cleanup. */
  #plainLines(text: string, ports: readonly number[]): string[] {
    const found: string[] = [];
    for (const line of text.split('\n')) {
      const match = /^\S+ +\S+ \S+ \S+ postfix\/(?:(s\d+)\/)?(smtpd|cleanup)\[\d+\]: (.*)$/.exec(line);
      if (match === null) continue;
      const [, , program = '', said = ''] = match;
      found.push(`${program}: ${said}`);
    }
    void ports;
    return found;
  }

  #linesOf(one: DialogueCase, lines: readonly string[]): string[] {
    const addresses = [this.#addresses.get(one) ?? '', ...(one.alsoLoggedAs ?? [])];
    const mark = new RegExp(`[\\w.]\\[(?:${addresses.map(address => address.replaceAll('.', '\\.')).join('|')})\\]`);
    const own = new Set<string>();
    for (const line of lines) {
      const id = /: (\w+): client=/.exec(line)?.[1];
      if (id !== undefined && mark.test(line)) own.add(id);
    }
    const ofSession = lines.filter(line => {
      const id = /^\w+: (\w+): /.exec(line)?.[1];
      return (id !== undefined && own.has(id)) || mark.test(line);
    });
    const by = (program: string): string[] => ofSession.filter(line => line.startsWith(program));
    return [...by('smtpd'), ...by('cleanup')];
  }
}

class RealSide implements Side {
  readonly #real: RealPostfix;

  constructor(main: string, master: string) {
    this.#real = new RealPostfix(main, master);
    const file = join(this.#real.config, 'master.cf');
    // Without a queue manager everything stays where cleanup put it.
    writeFileSync(file, readFileSync(file, 'latin1').replace(/^(qmgr|pickup) .*\n/gm, ''));
  }

  get config(): string {
    return this.#real.config;
  }

  async start(): Promise<void> {
    await Promise.resolve(this.#real.start());
  }

  log(): string {
    return this.#real.log();
  }

  async dispose(): Promise<void> {
    await Promise.resolve(this.#real.dispose());
  }
}

class OurSide implements Side {
  readonly #home = new Home([]);

  readonly #ports: readonly number[];

  constructor(main: string, master: string, ports: readonly number[]) {
    this.#ports = ports;
    this.#home.configure(main);
    appendFileSync(this.#home.path('etc/postfix/master.cf'), master);
  }

  get config(): string {
    return this.#home.path('etc/postfix');
  }

  async start(): Promise<void> {
    await this.#home.start();
    for (const port of this.#ports) await untilListening(port);
  }

  log(): string {
    return this.#home.log();
  }

  async dispose(): Promise<void> {
    await this.#home.dispose();
  }
}

async function queueFile({config}: Side, id: string): Promise<string> {
  const env = {...process.env, MAIL_CONFIG: config} as Record<string, string>; // of this process: all strings
  const {stdout, stderr} = await runInProcess(postcat, ['-q', id], {env, input: ''});
  return stdout + stderr;
}

/** What differs from run to run, made alike. */
function withoutChance(text: string, ports: readonly number[], files: string): string {
  const named = text
    .replaceAll(files, 'FILES')
    .replace(/^\*\*\* ENVELOPE RECORDS .*$/gm, '*** ENVELOPE RECORDS ***')
    .replace(/^\*\*\* (.*?) .*\*\*\*$/gm, '*** $1 ***')
    .replace(/^message_size: +\d+ +\d+ +(\d+) +(\d+) +\d+ +(\d+)$/gm, 'message_size: $1 recipients, flags $2 $3')
    .replace(/^message_arrival_time: .*$/gm, 'message_arrival_time: TIME')
    .replace(/^named_attribute: (client_port|log_client_port|server_port|log_ident)=.*$/gm, '$1=...')
    .replace(/^create_time: .*$/gm, 'create_time: TIME')
    .replace(/\b\w{3}, +\d+ \w{3} \d{4} \d\d:\d\d:\d\d [-+]\d{4} \(\w+\)/g, 'DATE')
    .replace(/\b\d{14}\.(?=\w+@)/g, 'TIME.')
    .replace(/\b[0-9A-F]{9,16}\b/g, 'ID');
  return named.replace(/\b\d{4,5}\b/g, number => (ports.includes(Number(number)) ? 'PORT' : number));
}

function serviceKey({set = {}}: DialogueCase): string {
  return JSON.stringify(Object.entries(set));
}

function clientAddress({client = 'stranger'}: DialogueCase, index: number): string {
  if (client !== 'stranger' && client !== 'inside') return client;
  return `127.${client === 'inside' ? 2 : 1}.${Math.trunc(index / 200)}.${(index % 200) + 1}`;
}

export async function untilListening(port: number): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; await pause(50)) {
    const isOpen = await new Promise<boolean>(resolve => {
      const socket = connect({port, host: '127.0.0.1', localAddress: '127.3.0.1'});
      socket.once('error', () => resolve(false));
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });
    if (isOpen) return;
  }
}

/** A key and a certificate of its own making. */
function certificate(folder: string): string {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=mail.example.com', '-days', '30'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject];
  execFileSync('openssl', made, {stdio: 'ignore'});
  return readFileSync(key, 'latin1') + readFileSync(cert, 'latin1');
}
