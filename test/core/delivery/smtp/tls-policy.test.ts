import assert from 'node:assert/strict';
import {run} from '../../../../src/core/address/steps.ts';
import {matchesName} from '../../../../src/core/delivery/smtp/certificate-match.ts';
import {readClientTlsSettings} from '../../../../src/core/delivery/smtp/client-tls-settings.ts';
import {findPolicy, type PolicySearch} from '../../../../src/core/delivery/smtp/tls-policy.ts';
import {parsePolicyEntry} from '../../../../src/core/delivery/smtp/tls-policy-entry.ts';
import type {TlsTarget} from '../../../../src/core/delivery/smtp/tls-step.ts';
import {Log} from '../../../../src/core/log/log.ts';
import {openTables} from '../../../../src/core/table/open-table.ts';
import {plainConfig} from '../../../support/plain-config.ts';

const PLAIN = {smtp_tls_fingerprint_digest: 'sha256', smtp_tls_dane_insecure_mx_policy: 'may'};

suite('an entry of smtp_tls_policy_maps', () => {
  // As smtp(8) of Postfix 3.7.11 took them.
  const bad: readonly (readonly [value: string, warning: string])[] = [
    ['foo', 'invalid security level "foo"'],
    ['half-dane', 'invalid security level "half-dane"'],
    ['', 'invalid security level ""'],
    ['encrypt foo=bar', 'invalid attribute name: "foo"'],
    ['encrypt match=x', 'attribute "match" invalid at security level "encrypt"'],
    ['may match=x', 'attribute "match" invalid at security level "may"'],
    ['encrypt tafile=/x', 'attribute "tafile" invalid at security level "encrypt"'],
    ['encrypt connection_reuse=foo', 'attribute "connection_reuse" has bad value: "foo"'],
    ['encrypt match', `malformed attribute/value pair "match": missing '=' after attribute name`],
    ['encrypt ciphers= high', 'attribute "ciphers" has empty value'],
    ['encrypt servername=bad..name', '"servername=bad..name" specifies an invalid hostname'],
  ];
  for (const [value, warning] of bad)
    test(`"${value}" is refused`, () => {
      assert.deepEqual(parsePolicyEntry(value), {kind: 'bad', warning});
    });

  const none = {match: [], trustAnchorFiles: [], protocols: undefined, ciphers: undefined, exclude: undefined};
  const rest = {...none, serverName: undefined, reusesConnections: undefined};
  const good: readonly (readonly [value: string, entry: object, warnings?: readonly string[]])[] = [
    ['ENCRYPT', {level: 'encrypt'}],
    ['encrypt, ciphers=high', {level: 'encrypt', ciphers: 'high'}],
    ['verify match=a:.b match=c', {level: 'verify', match: ['a', '.b', 'c']}],
    ['fingerprint match=AA:BB|CC:DD', {level: 'fingerprint', match: ['AA:BB', 'CC:DD']}],
    ['encrypt protocols=', {level: 'encrypt', protocols: ''}],
    ['may exclude= protocols=>=TLSv1.2', {level: 'may', exclude: '', protocols: '>=TLSv1.2'}],
    ['secure tafile=/x servername=hostname', {level: 'secure', trustAnchorFiles: ['/x'], serverName: 'hostname'}],
    ['none match=x', {level: 'none'}, ['ignoring attribute "match=x" with TLS disabled']],
  ];
  for (const [value, entry, warnings = []] of good)
    test(`"${value}" is taken`, () => {
      assert.deepEqual(parsePolicyEntry(value), {kind: 'entry', entry: {...rest, ...entry}, warnings});
    });
});

suite('the TLS policy of a server', () => {
  const target: TlsTarget = {
    nexthop: 'Sub.example.net',
    domain: 'sub.example.net',
    name: 'mx.example.net',
    canonicalName: 'mx.example.net',
    isSecure: false,
    port: 25,
    isMxSecure: false,
  };
  function search(set: Readonly<Record<string, string>>, over: Partial<TlsTarget> = {}): [PolicySearch, string[]] {
    const config = plainConfig({...PLAIN, ...set});
    const lines: string[] = [];
    const log = new Log('smtp', {write: ({text}) => void lines.push(text)});
    const settings = readClientTlsSettings(config, 'smtp', text => log.warning(text));
    const open = (list: string): ReturnType<typeof openTables> => openTables(list, {config, log});
    const {policyMaps, perSite} = settings;
    const supplies = {settings, log, policyTables: open(policyMaps), siteTables: open(perSite)};
    const found = run(findPolicy({...target, ...over}, supplies));
    assert.ok(!(found instanceof Promise));
    return [found, lines];
  }
  function levelOf(set: Readonly<Record<string, string>>, over: Partial<TlsTarget> = {}): string {
    const [found] = search(set, over);
    return found.kind === 'policy' ? found.policy.level : found.failure.text;
  }

  const maps = 'inline:{{sub.example.net=secure} {.example.org=encrypt} {[mx.example.com]:587=verify}}';
  const levels: readonly (readonly [
    title: string,
    set: Readonly<Record<string, string>>,
    nexthop: string,
    level: string,
  ])[] = [
    ['nothing set is none', {}, 'example.net', 'none'],
    ['smtp_use_tls', {smtp_use_tls: 'yes'}, 'example.net', 'may'],
    ['smtp_enforce_tls', {smtp_enforce_tls: 'yes'}, 'example.net', 'verify'],
    ['smtp_tls_security_level', {smtp_tls_security_level: 'Encrypt', smtp_use_tls: 'yes'}, 'example.net', 'encrypt'],
    ['the domain itself', {smtp_tls_policy_maps: maps}, 'SUB.example.net', 'secure'],
    ['a parent domain', {smtp_tls_policy_maps: maps}, 'a.b.example.org', 'encrypt'],
    ['not the parent itself', {smtp_tls_policy_maps: maps}, 'example.org', 'none'],
    ['a next hop with brackets and port', {smtp_tls_policy_maps: maps}, '[mx.example.com]:587', 'verify'],
    ['has no parents', {smtp_tls_policy_maps: maps}, '[a.example.org]', 'none'],
    ['per site, the next hop', {smtp_tls_per_site: 'inline:{sub.example.net=MUST}'}, 'sub.example.net', 'verify'],
    ['per site, the host', {smtp_tls_per_site: 'inline:{mx.example.net=MUST_NOPEERMATCH}'}, 'x.example', 'encrypt'],
    ['per site, none over may', {smtp_tls_per_site: 'inline:{mx.example.net=NONE x.example=MAY}'}, 'x.example', 'none'],
    [
      'per site, may lowers nothing',
      {smtp_tls_security_level: 'verify', smtp_tls_per_site: 'static:MAY'},
      'x.example',
      'verify',
    ],
    [
      'policy maps go before per site',
      {smtp_tls_policy_maps: maps, smtp_tls_per_site: 'static:MUST'},
      'x.example',
      'none',
    ],
    ['an empty level', {smtp_tls_policy_maps: 'static:foo'}, 'x.example', 'client TLS configuration problem'],
  ];
  for (const [title, set, nexthop, level] of levels)
    test(`${title}: ${nexthop} has ${level}`, () => {
      assert.equal(levelOf(set, {nexthop}), level);
    });

  test('a bad entry is warned of, and the mail waits', () => {
    const [found, lines] = search({smtp_tls_policy_maps: 'inline:{sub.example.net=foo}'});
    assert.deepEqual(found, {kind: 'failed', failure: {status: '4.7.5', text: 'client TLS configuration problem'}});
    assert.deepEqual(lines, [
      'smtp_tls_policy_maps, next-hop destination "sub.example.net": invalid security level "foo"',
      'TLS policy lookup for Sub.example.net/mx.example.net: client TLS configuration problem',
    ]);
  });

  test('tables that can’t be asked make the mail wait', () => {
    const [found, lines] = search({smtp_tls_policy_maps: 'fail:x'});
    assert.equal(found.kind === 'failed' && found.failure.text, 'client TLS configuration problem');
    assert.equal(lines[1], 'smtp_tls_policy_maps, next-hop destination "sub.example.net": policy table lookup error');
    const [site, siteLines] = search({smtp_tls_per_site: 'fail:x'});
    assert.deepEqual(site, {kind: 'failed', failure: {status: '4.3.0', text: 'Temporary lookup error'}});
    assert.equal(
      siteLines[1],
      'smtp_tls_per_site: next-hop destination "sub.example.net": per-site table lookup error',
    );
  });

  test('fingerprint without fingerprints is warned of', () => {
    const [, lines] = search({smtp_tls_security_level: 'fingerprint'});
    assert.equal(
      lines[0],
      'nexthop domain Sub.example.net: configured at fingerprint security level, but with no fingerprints to match.',
    );
  });

  test('names to match are put in, and mandatory settings hold from encrypt on', () => {
    const [found] = search({
      smtp_tls_security_level: 'secure',
      smtp_tls_exclude_ciphers: 'A',
      smtp_tls_mandatory_exclude_ciphers: 'B',
      smtp_tls_mandatory_protocols: '>=TLSv1.2',
      smtp_tls_servername: 'hostname',
    });
    assert.ok(found.kind === 'policy');
    const {match, exclusions, protocols, serverName} = found.policy;
    assert.deepEqual(match, ['sub.example.net', '.sub.example.net']);
    assert.deepEqual(exclusions, ['A', 'B', 'aNULL']);
    assert.deepEqual([protocols, serverName], ['>=TLSv1.2', 'mx.example.net']);
  });
});

suite('a name in a certificate', () => {
  const cases: readonly (readonly [name: string, pattern: string, many: boolean, matches: boolean])[] = [
    ['mx.example.net', 'mx.example.net', true, true],
    ['mx.example.net', 'example.net', true, false],
    ['mx.example.net', '.example.net', true, true],
    ['a.mx.example.net', '.example.net', false, true],
    ['example.net', '.example.net', true, false],
    ['*.example.net', 'mx.example.net', false, true],
    ['*.example.net', 'a.mx.example.net', true, true],
    ['*.example.net', 'a.mx.example.net', false, false],
    ['*.example.net', 'example.net', true, false],
    ['*.net', 'example.net', true, false],
    ['m*.example.net', 'mx.example.net', true, false],
    ['*', 'mx', true, false],
    ['', '', true, false],
  ];
  for (const [name, pattern, many, matches] of cases)
    test(`${name} is ${matches ? '' : 'not '}for ${pattern}${many ? '' : ', one label a star'}`, () => {
      assert.equal(matchesName(name, pattern, many), matches);
    });
});
