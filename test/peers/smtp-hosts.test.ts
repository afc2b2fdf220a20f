/**
 * Which hosts smtp(8) tries, in which order, and what it says when there are none: the same next hops, settings and DNS
 * for the original and for ours. The original's hosts are seen in its log, since nobody listens on them.
 */
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {openSupplies} from '../../src/core/address/open-supplies.ts';
import {splitNexthop} from '../../src/core/delivery/smtp/destination.ts';
import {findHosts} from '../../src/core/delivery/smtp/find-hosts.ts';
import {clientDns, readDestinationRules, readHostSettings} from '../../src/core/delivery/smtp/host-settings.ts';
import {Log, type LogRecord} from '../../src/core/log/log.ts';
import {Resolver} from '../../src/core/net/resolver.ts';
import {DnsRoom} from '../support/dns-room.ts';
import {DnsStub} from '../support/dns-stub.ts';
import type {Zone} from '../support/dns-zone.ts';
import {plainConfig} from '../support/plain-config.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';

const ZONE: Zone = {
  'example.net': {
    MX: [
      [20, 'mx2.example.net'],
      [10, 'mx1.example.net'],
    ],
  },
  'mx1.example.net': {A: ['127.0.0.11']},
  'mx2.example.net': {A: ['127.0.0.12']},
  'implicit.example': {A: ['127.0.0.15']},
  'null.example': {MX: [[0, '.']]},
  'nullplus.example': {
    MX: [
      [0, '.'],
      [10, 'mx1.example.net'],
    ],
  },
  'numeric.example': {MX: [[10, '127.0.0.19']]},
  'badmx.example': {MX: [[10, 'not a host!']]},
  'halfbad.example': {
    MX: [
      [10, '-x.example'],
      [20, 'mx1.example.net'],
    ],
  },
  'lost.example': {MX: [[10, 'nowhere.example']]},
  'lost2.example': {
    MX: [
      [10, 'nowhere.example'],
      [20, 'text.example'],
    ],
  },
  'softlost.example': {
    MX: [
      [10, 'broken.example'],
      [20, 'nowhere.example'],
    ],
  },
  'hardsoft.example': {
    MX: [
      [10, 'nowhere.example'],
      [20, 'broken.example'],
    ],
  },
  'formlost.example': {MX: [[10, 'formerr.example']]},
  'softform.example': {
    MX: [
      [10, 'broken.example'],
      [20, 'formerr.example'],
    ],
  },
  'partly.example': {
    MX: [
      [10, 'nowhere.example'],
      [20, 'mx2.example.net'],
    ],
  },
  'text.example': {TXT: ['no address']},
  'broken.example': '@servfail',
  'refused.example': '@refused',
  'notimp.example': '@notimp',
  'formerr.example': '@formerr',
  'short.example': '@short',
  'silent.example': '@timeout',
  'formmx.example': {MX: '@formerr', A: ['127.0.0.16']},
  'softmx.example': {MX: '@servfail', A: ['127.0.0.16']},
  'backup.example': {
    MX: [
      [10, 'mx1.example.net'],
      [20, 'me.example'],
      [30, 'mx2.example.net'],
    ],
  },
  'equal.example': {
    MX: [
      [20, 'mx1.example.net'],
      [20, 'me.example'],
    ],
  },
  'mine.example': {
    MX: [
      [10, 'me.example'],
      [20, 'mx1.example.net'],
    ],
  },
  'worse.example': {
    MX: [
      [10, 'nowhere.example'],
      [20, 'me.example'],
    ],
  },
  'me.example': {A: ['127.0.0.1']},
  'alias.example': {CNAME: 'mx1.example.net'},
  'viaalias.example': {MX: [[10, 'alias.example']]},
  'deadalias.example': {CNAME: 'nowhere.example'},
  'circle.example': {CNAME: 'circle2.example'},
  'circle2.example': {CNAME: 'circle.example'},
  'viacircle.example': {MX: [[10, 'circle.example']]},
  'both.example': {A: ['127.0.0.21'], AAAA: ['::2']},
  'six.example': {AAAA: ['::3']},
  'halfbroken.example': {A: ['127.0.0.22'], AAAA: '@servfail'},
  'brokenfour.example': {A: '@servfail', AAAA: []},
  'brokensix.example': {A: [], AAAA: '@servfail'},
  'formsix.example': {A: [], AAAA: '@formerr', TXT: ['x']},
  'sixlost.example': {MX: [[10, 'six.example']]},
  'many.example': {MX: [1, 2, 3, 4, 5, 6, 7].map(n => [n, `m${n}.example`] as const)},
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map(n => [`m${n}.example`, {A: [`127.0.0.3${n}`]}])),
  'mixed.example': {
    MX: [
      [10, 'mixed4.example'],
      [20, 'mixed6.example'],
    ],
  },
  'mixed4.example': {A: ['127.0.0.41', '127.0.0.42', '127.0.0.43', '127.0.0.44']},
  'mixed6.example': {AAAA: ['::41', '::42', '::43', '::44']},
  'mixed64.example': {
    MX: [
      [10, 'mixed6.example'],
      [20, 'mixed4.example'],
    ],
  },
  'six4.example': {
    MX: [
      [10, 'mixed6.example'],
      [20, 'one4.example'],
    ],
  },
  'one4.example': {A: ['127.0.0.45']},
  'short.search.example': {A: ['127.0.0.51']},
};

type Settings = Readonly<Record<string, string>>;
const ALL = {inet_protocols: 'all'};
function filtered(pattern: string, action: string): Settings {
  return {smtp_dns_reply_filter: `regexp:{{${pattern} ${action}}}`};
}
const CASES: readonly (readonly [nexthop: string, settings?: Settings])[] = [
  ['example.net'],
  ['example.net:26'],
  ['[mx1.example.net]'],
  ['[mx1.example.net]:587'],
  ['[127.0.0.77]:submission'],
  ['[127.0.0.77]:telnet'],
  ['example.net', filtered('/MX 10 /', 'IGNORE')],
  ['example.net', filtered('/./', 'IGNORE')],
  ['example.net', filtered('/^mx1/', 'ignore')],
  ['example.net', filtered('/ a /', 'IGNORE rest')],
  ['example.net', filtered('/ A /', 'REJECT')],
  ['example.net', filtered('/ MX /', 'REJECT')],
  ['[alias.example]', filtered('/^alias/', 'IGNORE')],
  ['[alias.example]', filtered('/^mx1.example.net. 300 IN A 127.0.0.11/', 'IGNORE')],
  ['[both.example]', {...ALL, ...filtered('/ AAAA? /', 'IGNORE')}],
  ['[both.example]', {...ALL, ...filtered('/ AAAA /', 'IGNORE')}],
  ['lost.example', filtered('/./', 'REJECT')],
  ['127.0.0.78'],
  ['implicit.example'],
  ['null.example'],
  ['nullplus.example'],
  ['numeric.example'],
  ['badmx.example'],
  ['halfbad.example'],
  ['nowhere.example'],
  ['[nowhere.example]'],
  ['lost.example'],
  ['lost.example', {smtp_defer_if_no_mx_address_found: 'yes'}],
  ['lost2.example'],
  ['softlost.example'],
  ['hardsoft.example'],
  ['formlost.example'],
  ['softform.example'],
  ['partly.example'],
  ['text.example'],
  ['broken.example'],
  ['refused.example'],
  ['notimp.example'],
  ['formerr.example'],
  ['short.example'],
  ['silent.example'],
  ['[broken.example]'],
  ['[formerr.example]'],
  ['[short.example]'],
  ['formmx.example'],
  ['formmx.example', {ignore_mx_lookup_error: 'yes'}],
  ['softmx.example', {ignore_mx_lookup_error: 'yes'}],
  ['broken.example', {ignore_mx_lookup_error: 'yes'}],
  ['backup.example'],
  ['backup.example:26'],
  ['equal.example'],
  ['mine.example'],
  ['worse.example'],
  ['me.example'],
  ['[me.example]'],
  ['[127.0.0.1]'],
  ['[127.0.0.1]:26'],
  ['implicit.example', {proxy_interfaces: '127.0.0.15'}],
  ['alias.example'],
  ['viaalias.example'],
  ['viaalias.example', {smtp_cname_overrides_servername: 'yes'}],
  ['[alias.example]', {smtp_cname_overrides_servername: 'yes'}],
  ['deadalias.example'],
  ['circle.example'],
  ['viacircle.example'],
  ['[::9]'],
  ['[ipv6:::9]', ALL],
  ['both.example', {...ALL, smtp_address_preference: 'ipv6'}],
  ['both.example', {...ALL, smtp_address_preference: 'ipv4'}],
  ['six.example'],
  ['sixlost.example'],
  ['six.example', ALL],
  ['nowhere.example', ALL],
  ['text.example', ALL],
  ['halfbroken.example', ALL],
  ['brokenfour.example', ALL],
  ['brokensix.example', ALL],
  ['formsix.example', ALL],
  ['many.example'],
  ['many.example', {smtp_mx_address_limit: '0'}],
  ['many.example', {smtp_mx_address_limit: '1'}],
  ['mixed.example', {...ALL, smtp_randomize_addresses: 'no'}],
  ['mixed.example', {...ALL, smtp_randomize_addresses: 'no', smtp_balance_inet_protocols: 'no'}],
  ['mixed.example', {...ALL, smtp_randomize_addresses: 'no', smtp_mx_address_limit: '4'}],
  [
    'mixed.example',
    {...ALL, smtp_randomize_addresses: 'no', smtp_mx_address_limit: '3', smtp_address_preference: 'ipv6'},
  ],
  [
    'mixed.example',
    {...ALL, smtp_randomize_addresses: 'no', smtp_mx_address_limit: '3', smtp_address_preference: 'ipv4'},
  ],
  ['mixed.example', {...ALL, smtp_randomize_addresses: 'no', smtp_mx_address_limit: '1'}],
  ['mixed64.example', {...ALL, smtp_randomize_addresses: 'no'}],
  ['mixed64.example', {...ALL, smtp_randomize_addresses: 'no', smtp_mx_address_limit: '3'}],
  ['six4.example', {...ALL, smtp_randomize_addresses: 'no'}],
  ['six4.example', {...ALL, smtp_randomize_addresses: 'no', smtp_mx_address_limit: '3'}],
  ['mx1.example.net', {disable_dns_lookups: 'yes'}],
  ['nowhere.example', {disable_dns_lookups: 'yes'}],
  ['text.example', {disable_dns_lookups: 'yes'}],
  ['broken.example', {...ALL, disable_dns_lookups: 'yes'}],
  ['example.net', {smtp_dns_support_level: 'disabled'}],
  ['filed.example', {smtp_host_lookup: 'dns, native'}],
  ['filed.example'],
  ['[broken.example]', {smtp_host_lookup: 'dns, native'}],
  ['[nowhere.example]', {smtp_host_lookup: 'native'}],
  ['six.example', {smtp_host_lookup: 'native'}],
  ['[short]', {smtp_dns_resolver_options: 'res_defnames'}],
  ['[short]'],
  ['[short]', {smtp_host_lookup: 'native'}],
];
/** Next hops that end the original's process. */
const BAD = ['a..b.example', '[-x.example]', '[mx', '[mx]x', '[]', 'mx:nonsense', 'mx:0', 'mx:99999'];
const HOSTS = '127.0.0.1 localhost\n127.0.0.61 filed.example\n';
const SEARCH = 'search search.example\noptions timeout:1 attempts:1';

suite('the hosts that smtp tries', () => {
  let room: DnsRoom;
  let real: RealPostfix;
  let stub: DnsStub;
  let theirs: ReadonlyMap<string, string>;

  suiteSetup(async function () {
    this.timeout(180_000);
    requireRealPostfix(this);
    DnsRoom.require(this);
    [room, stub] = await Promise.all([DnsRoom.start(ZONE, {hosts: HOSTS, options: SEARCH}), DnsStub.start(ZONE)]);
    theirs = await askOriginal();
  });
  suiteTeardown(async () => {
    if (room === undefined) return;
    real?.dispose();
    await Promise.all([room.dispose(), stub.stop()]);
  });

  /** One recipient for each case, at a domain that the transport map sends its way. */
  async function askOriginal(): Promise<ReadonlyMap<string, string>> {
    const services: string[] = CASES.map(([, settings = {}], index) => {
      const options = Object.entries(settings).map(([name, value]) => ` -o {${name}=${value}}`);
      return `smtp${index} unix - - n - 1 smtp${options.join('')}\n`;
    });
    const routes = CASES.map(([nexthop], index) => `c${index}.test smtp${index}:${nexthop}\n`);
    routes.push(...BAD.map((nexthop, index) => `b${index}.test bad${index}:${nexthop}\n`));
    services.push(...BAD.map((_nexthop, index) => `bad${index} unix - - n - 1 smtp\n`));
    real = new RealPostfix(
      'transport_maps = texthash:$config_directory/transport\ndefault_process_limit = 10\nqueue_run_delay = 1h\n',
      services.join(''),
      room.enter,
    );
    writeFileSync(join(real.config, 'transport'), routes.join(''));
    real.start();
    const recipients = [...CASES.keys()].map(index => `u@c${index}.test`);
    recipients.push(...[...BAD.keys()].map(index => `u@b${index}.test`));
    real.run('sendmail', recipients, 'Subject: x\n\nx\n');
    for (let waited = 0; waited < 900 && statusLines().length < CASES.length; waited++) await sleep(100);
    return new Map(statusLines().map(([index, line]) => [index, `${attemptsBefore(line)}${verdictOf(line)}`]));
  }

  function statusLines(): [index: string, line: string][] {
    const lines = real.log().split('\n');
    return lines.flatMap(line => {
      const index = /: to=<u@c(\d+)\.test>, .*status=/.exec(line)?.[1];
      return index === undefined ? [] : [[index, line] as [string, string]];
    });
  }

  /** What the same process logged before, since its last verdict. */
  function attemptsBefore(line: string): string {
    const [pid = ''] = /\[\d+\]/.exec(line) ?? [];
    const lines = real
      .log()
      .split('\n')
      .filter(one => one.includes(`${pid}: `));
    const before = lines.slice(0, lines.indexOf(line));
    const own = before.slice(before.findLastIndex(one => one.includes('status=')) + 1);
    return own.map(one => `${one.replace(/^.*?\[\d+\]: /, '')}\n`).join('');
  }

  function verdictOf(line: string): string {
    const [, dsn = '', status = '', text = ''] = /dsn=(\S+), status=(\S+) \((.*)\)$/.exec(line) ?? [];
    return text.startsWith('connect to ') ? '' : `${dsn} ${status} ${text}\n`;
  }

  async function askOurs(nexthop: string, set: Settings): Promise<string> {
    const config = plainConfig({inet_interfaces: '127.0.0.1', inet_protocols: 'ipv4', ...set});
    let log = '';
    const warn = (text: string): void => void (log += `warning: ${text}\n`);
    const write = ({text, severity}: LogRecord): void =>
      void (log += `${severity === 'info' ? '' : 'warning: '}${text}\n`);
    const logger = new Log('smtp', {write});
    const resolver = new Resolver({
      servers: [stub.server],
      warn,
      resolvConf: join(real.config, 'resolv.conf'),
      hostsFile: join(real.config, 'hosts'),
    });
    const dns = clientDns(resolver, 'smtp', openSupplies(config, logger), logger);
    const settings = readHostSettings(config, 'smtp');
    const [destination] = splitNexthop(nexthop, readDestinationRules(config, 'smtp'));
    assert.ok(destination?.kind === 'inet');
    const found = await findHosts(destination, {settings, dns, log: logger, random: Math.random});
    if (found.kind === 'failed') return `${log}${found.outcome.status} ${found.outcome.kind} ${found.outcome.text}\n`;
    const tried = settings.addressLimit === 0 ? found.hosts : found.hosts.slice(0, settings.addressLimit);
    return log + tried.map(h => `connect to ${h.name}[${h.address}]:${h.port}: Connection refused\n`).join('');
  }

  for (const [index, [nexthop, settings = {}]] of CASES.entries())
    test(`${nexthop} ${Object.entries(settings)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`, async () => {
      writeFileSync(join(real.config, 'resolv.conf'), `${SEARCH}\n`);
      writeFileSync(join(real.config, 'hosts'), HOSTS);
      assert.equal(
        await askOurs(nexthop, settings),
        theirs.get(`${index}`)?.replace(/: Network is unreachable\n/g, ': Connection refused\n'),
      );
    });

  test('next hops that are none', () => {
    const rules = readDestinationRules(plainConfig(), 'smtp');
    const ours = BAD.map(nexthop => splitNexthop(nexthop, rules)[0]);
    const fatal = [...real.log().matchAll(/ fatal: (.*)/g)].map(([, text = '']) => text);
    assert.deepEqual(
      ours.map(destination => (destination?.kind === 'bad' ? destination.fatal : '')).sort(),
      fatal.sort(),
    );
  });
});
