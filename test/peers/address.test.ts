/** Rewriting and resolving beside the real trivial-rewrite(8), over its own socket. */
import assert from 'node:assert/strict';
import {Resolver, type Resolution} from '../../src/core/address/resolve.ts';
import {rewriteRules} from '../../src/core/address/rewrite.ts';
import {addressSupplies, rewriteExternal} from '../support/address-supplies.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';
import {CLASSES, FAILED, RealRewrite, type RealResolution, ROUTED, SYNTAX} from '../support/real-rewrite.ts';

const COMMON = {
  myhostname: 'mail.example.com',
  mydomain: 'example.com',
  myorigin: 'example.com',
  mydestination: 'mail.example.com, example.com, localhost',
  recipient_delimiter: '+',
  append_dot_mydomain: 'yes',
  smtputf8_enable: 'yes',
  relay_domains: '',
};

/** Addresses in every shape: as they stand in an envelope. */
const ADDRESSES = [
  'joe',
  'joe+x',
  'joe@',
  '@',
  '@@',
  '',
  '.',
  '..',
  'joe.',
  '.joe',
  'jo..e',
  'joe@example.com',
  'joe@EXAMPLE.com',
  'joe@example.com.',
  'joe@example.com..',
  'joe@.',
  'joe@..',
  'joe@localhost',
  'joe@host',
  'joe@host.',
  'joe@[127.0.0.1]',
  'joe@[127.0.0.2]',
  'joe@[1.2.3]',
  'joe@[IPv6:::1]',
  'joe@[::1]',
  'joe@127.0.0.1',
  'joe@1.2.3.4',
  'joe@[127.0.0.1',
  'joe@127.0.0.1]',
  'joe@example.net',
  'joe%example.net',
  'joe%example.net@example.com',
  'joe%example.net%a.example',
  'example.net!joe',
  'a!b!joe',
  'example.net!joe@example.com',
  'a!b%c',
  'a!b@c',
  'a%b@c',
  '!joe',
  'joe!',
  '%joe',
  'joe%',
  '!',
  '%',
  'joe@a@b',
  'joe@example.net@example.com',
  '@hub:joe@example.net',
  '@hub,@hub2:joe@example.net',
  '@hub:',
  '@hub:joe',
  '@hub:@b:joe@c',
  'a:b',
  'odd name@example.com',
  'odd name',
  '"q"@example.com',
  'a"b@example.com',
  'a\\b@example.com',
  'a(b)c@example.com',
  '(c)',
  'a b c@d e',
  'joe@ex ample.com',
  '-joe@example.com',
  '-joe',
  '|cmd',
  '/file',
  '|cmd arg@x',
  'a,b@example.net',
  'a;b@example.net',
  '<joe@example.com>',
  'joe@-bad.example',
  'joe@bad-.example',
  'joe@under_score.example',
  'joe@a..b',
  'joe@.a.b',
  'joe@[x]',
  'joe@[]',
  'joe@x[1.2.3.4]',
  'joe@' + 'a'.repeat(63) + '.example',
  'joe@' + 'a'.repeat(64) + '.example',
  'j'.repeat(300) + '@example.net',
  'j\xf6e@example.net',
  'joe@ex\xe4mple.net',
  'j\xc3\xb6e@example.net',
  'joe@ex\xc3\xa4mple.net',
  'double-bounce@example.com',
  'MAILER-DAEMON',
  'postmaster',
  ' joe',
  'joe ',
  'a\tb@example.net',
  '[x]',
  '[x]@example.com',
  'a[b]c@example.com',
  'joe@example.com:25',
  'joe@example.com>',
  'joe@(c)example.net',
  'joe@"example.net"',
  'x@y@z@example.com',
  'joe%[127.0.0.1]',
  'joe@1234',
  'joe@12.example',
  'joe@example.com%',
  'joe@example.com!',
  'joe%@example.com',
  '!joe@example.com',
  'joe!@example.com',
  '@example.com',
  '@example.net',
  'a.b.c@x',
  '"@example.com',
  '\\@example.com',
  'a\\',
  'a@b\\',
  'user@[ipv6:::1]',
  'user@[127.0.0.1]x',
  'joe@sub.example.com',
  'joe@virt.example',
  'joe@vbox.example',
  'joe@relay.example',
  'joe@sub.relay.example',
  'moved@example.net',
  'Moved+ext@Example.com',
];

/** What may stand in headers and on command lines: external form. */
const EXTERNAL = [
  ...ADDRESSES.filter(address => !/^ /.test(address)),
  '"odd name"',
  '"odd name"@host',
  '"a@b"',
  '"a@b"@example.net',
  '"a%b"',
  '"a!b"@host',
  '""',
  '""@x',
  'a (comment)@host',
  '(c) a@host',
  'a@host (c)',
  '"a\\"b"@host',
  'Mr. X <a@b>',
  'a . b @ c . d',
  '"a" "b"@host',
  'a"b"c@host',
  'a@[1.2.3.4] b',
];

const SETTINGS: Readonly<Record<string, Record<string, string>>> = {
  plain: {},
  'no hacks': {
    allow_percent_hack: 'no',
    swap_bangpath: 'no',
    append_dot_mydomain: 'no',
    resolve_dequoted_address: 'no',
  },
  'null domain': {
    resolve_null_domain: 'yes',
    allow_min_user: 'yes',
    resolve_numeric_domain: 'yes',
    append_at_myorigin: 'no',
  },
  remote: {
    remote_header_rewrite_domain: 'domain.invalid',
    relayhost: '[hub.example]:26',
    empty_address_recipient: 'nobody@example.net',
  },
  classes: {
    virtual_alias_domains: 'virt.example',
    virtual_mailbox_domains: 'vbox.example',
    virtual_transport: 'lmtp:unix:/tmp/x',
    relay_domains: 'relay.example',
    local_transport: 'local:$myhostname',
    default_transport: 'smtp:gate.example',
    relocated_maps: 'inline:{moved=new@example.org, moved@example.net=elsewhere}',
  },
};

const TRANSPORTS = {
  mydestination: 'example.com',
  relay_domains: 'relay.example',
  virtual_alias_domains: 'virt.example',
  relayhost: 'hub.example',
  transport_maps:
    'inline:{joe@example.net=slow:, joe+x@example.net=slow:[x]:25, .example.net=:dots, example.net=:host, ' +
    '{example.org=error:5.1.2 gone now}, nohost.example=error:, noreason.example=error, {hold.example=retry}, same.example=:, ' +
    'chan.example=smtp, example.com=local:, virt.example=x:y, relay.example=relay:[r], [1.2.3.4]=lit:, *=:star}',
};
const TRANSPORT_ADDRESSES = [
  'joe@example.net',
  'joe+x@example.net',
  'joe+y@example.net',
  'ann@example.net',
  'ann@sub.example.net',
  'ann@a.b.example.net',
  'joe@example.org',
  'a@nohost.example',
  'a@noreason.example',
  'a@hold.example',
  'a@same.example',
  'a@chan.example',
  'a@example.com',
  'a@virt.example',
  'a@relay.example',
  'a@s.relay.example',
  'odd name@q.example',
  'a@[1.2.3.4]',
  'a@other.example',
  'JOE@EXAMPLE.NET',
  'a',
  '',
];

const SENDERS = {
  relayhost: 'hub.example',
  default_transport: 'smtp',
  sender_dependent_relayhost_maps:
    'inline:{joe@a.example=[joe], @b.example=b, ann=annhost, <>=null, bob@a.example=DUNNO, u@x.example=ext}',
  sender_dependent_default_transport_maps:
    'inline:{joe@a.example=slow, @b.example=fast:nh, <>=nul:, bob@a.example=dunno}',
};

const FAILURES: readonly Record<string, string>[] = [
  {transport_maps: 'fail:x'},
  {relocated_maps: 'fail:x'},
  {relay_domains: 'fail:x'},
];

/** One service of the real rewriter per group of settings, in one instance. */
const GROUPS: Readonly<Record<string, Record<string, string>>> = {
  ...SETTINGS,
  transports: TRANSPORTS,
  parents: {...TRANSPORTS, parent_domain_matches_subdomains: 'transport_maps'},
  senders: SENDERS,
  ...Object.fromEntries(FAILURES.map((set, index) => [`failure ${index}`, set])),
};

const SENDER_ADDRESSES = [
  ...['', 'joe@a.example', 'joe+x@a.example', 'x@b.example', 'ann@example.com', 'ann+q@example.com'],
  ...['bob@a.example', 'z@z.example', 'bare'],
];

suite('address: beside the real trivial-rewrite', function () {
  this.timeout(60_000);
  let instance: RealPostfix | undefined;

  suiteSetup(function () {
    requireRealPostfix(this);
    instance = new RealPostfix(
      lines(COMMON, name => `${name} = `, '\n'),
      Object.keys(GROUPS).map(service).join(''),
    );
    instance.start();
  });
  suiteTeardown(() => instance?.dispose());

  for (const [name, set] of Object.entries(SETTINGS)) {
    test(`rewrites alike: ${name}`, () =>
      beside(name, async real => {
        for (const rule of ['local', 'remote'] as const) {
          const rules = rewriteRules(addressSupplies({...COMMON, ...set}).config, rule);
          const expected = await collect(EXTERNAL, address => real.rewrite(address, rule));
          const found = await collect(EXTERNAL, address => rewriteExternal(address, rules));
          assert.deepEqual(found, expected, rule);
        }
      }));
    test(`resolves alike: ${name}`, () => beside(name, (real, ours) => compareAll(real, ours, ADDRESSES, [''])));
  }

  test('transport_maps: all forms of keys and results', () =>
    beside('transports', (real, ours) => compareAll(real, ours, TRANSPORT_ADDRESSES, [''])));

  test('transport_maps: parents without dot', () =>
    beside('parents', (real, ours) => compareAll(real, ours, TRANSPORT_ADDRESSES, [''])));

  test('sender-dependent transports and relay hosts', () =>
    beside('senders', (real, ours) => compareAll(real, ours, ['x@far.example', 'x@example.com'], SENDER_ADDRESSES)));

  for (const index of FAILURES.keys())
    test(`a table that can not be asked, ${index}`, () =>
      beside(`failure ${index}`, (real, ours) => compareAll(real, ours, ['x@far.example', 'x@example.com'], [''])));

  async function beside(name: string, compare: (real: RealRewrite, ours: Resolver) => Promise<void>): Promise<void> {
    assert.ok(instance);
    const real = await RealRewrite.open(instance, serviceName(name));
    try {
      await compare(real, new Resolver(addressSupplies({...COMMON, ...GROUPS[name]})));
    } finally {
      real.close();
    }
  }
});

function serviceName(group: string): string {
  return `rewrite-${group.replaceAll(' ', '-')}`;
}

function service(group: string): string {
  const options = lines(GROUPS[group] ?? {}, name => `  -o { ${name} = `, ' }\n');
  return `${serviceName(group)} unix - - n - - trivial-rewrite\n${options}`;
}

function lines(set: Record<string, string>, before: (name: string) => string, after: string): string {
  return Object.entries(set)
    .map(([name, value]) => before(name) + value + after)
    .join('');
}

async function collect(
  addresses: readonly string[],
  ask: (address: string) => string | Promise<string>,
): Promise<string[]> {
  const lines: string[] = [];
  for (const address of addresses) lines.push(`${address} -> ${await ask(address)}`);
  return lines;
}

async function compareAll(
  real: RealRewrite,
  ours: Resolver,
  addresses: readonly string[],
  senders: readonly string[],
): Promise<void> {
  const expected: string[] = [];
  const found: string[] = [];
  for (const sender of senders)
    for (const address of addresses) {
      expected.push(`${sender}: ${address} -> ${showReal(await real.resolve(address, sender))}`);
      found.push(`${sender}: ${address} -> ${showOurs(await ours.resolve(address, sender))}`);
    }
  assert.deepEqual(found, expected);
}

function showReal(reply: RealResolution): string {
  if ((reply.flags & FAILED) !== 0) return 'failure';
  if ((reply.flags & SYNTAX) !== 0) return `syntax ${reply.recipient}`;
  return `${reply.transport}|${reply.nexthop}|${reply.recipient}|${reply.flags}`;
}

function showOurs(resolution: Resolution): string {
  if (resolution.problem === 'failure') return 'failure';
  if (resolution.problem === 'syntax') return `syntax ${resolution.recipient}`;
  const flags = (CLASSES[resolution.addressClass] ?? 0) | (resolution.isRouted === true ? ROUTED : 0);
  return `${resolution.transport}|${resolution.nexthop}|${resolution.recipient}|${flags}`;
}
