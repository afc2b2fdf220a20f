/** What a message asks of TLS, next hop by next hop, and the policy that follows (RFC 8689 section 4.2). */
import assert from 'node:assert/strict';
import {readClientTlsSettings} from '../../../../src/core/delivery/smtp/client-tls-settings.ts';
import {TlsDemands} from '../../../../src/core/delivery/smtp/tls-demand.ts';
import {completePolicy, demandedPolicy, waivedPolicy} from '../../../../src/core/delivery/smtp/tls-policy.ts';
import type {PolicyEntry} from '../../../../src/core/delivery/smtp/tls-policy-entry.ts';
import type {TlsLevel, TlsTarget} from '../../../../src/core/delivery/smtp/tls-step.ts';
import {Log} from '../../../../src/core/log/log.ts';
import type {Envelope} from '../../../../src/core/queue/agent.ts';
import {openTables} from '../../../../src/core/table/open-table.ts';
import {plainConfig} from '../../../support/plain-config.ts';

const REQUIRED = 32;
const WAIVED = 16;
const TABLES =
  'inline:{ {net.example = disable} {.net.example = opportunistic+starttls} } cidr:{ {192.0.2.0/24 Opportunistic} }';

function demand(options: number, domain: string, set: Readonly<Record<string, string>>, sender = 'a@b.c'): unknown {
  const config = plainConfig(set);
  const lines: string[] = [];
  const log = new Log('smtp', {write: ({text}) => void lines.push(text)});
  const open = (list: string): ReturnType<typeof openTables> => openTables(list, {config, log});
  const protocol = set['protocol'] === 'lmtp' ? 'lmtp' : 'smtp';
  const demands = new TlsDemands({config, protocol, log, openTables: open});
  const envelope = {sendOptions: options, sender} as Envelope; // all that is asked of it
  try {
    return demands.of(envelope, domain);
  } catch (fault) {
    assert.ok(fault instanceof Error && lines.length > 0, String(fault));
    return lines.at(-1);
  }
}

suite('what a message asks of TLS at a next hop', () => {
  const cases: readonly (readonly [
    options: number,
    domain: string,
    set: Readonly<Record<string, string>>,
    expected: string,
    sender?: string,
  ])[] = [
    [0, 'a.example', {}, 'none'],
    [1, 'a.example', {}, 'none'],
    [WAIVED, 'a.example', {}, 'waived'],
    [WAIVED, 'a.example', {tls_required_enable: 'no'}, 'none'],
    [REQUIRED, 'a.example', {}, 'enforced'],
    [REQUIRED | WAIVED, 'a.example', {}, 'enforced'],
    [REQUIRED, 'a.example', {requiretls_enable: 'no'}, 'none'],
    [REQUIRED, 'a.example', {}, 'wished', ''],
    [REQUIRED, 'Example.com', {}, 'wished'],
    [REQUIRED, 'mx.example.com', {}, 'wished'],
    [REQUIRED, 'localhost', {}, 'wished'],
    [REQUIRED, '192.0.2.1', {}, 'wished'],
    [REQUIRED, '2001:db8::1', {}, 'wished'],
    [REQUIRED, 'a.example', {protocol: 'lmtp'}, 'wished'],
    [REQUIRED, 'a.example', {smtp_requiretls_policy: ''}, 'enforced'],
    [REQUIRED, 'net.example', {smtp_requiretls_policy: TABLES}, 'none'],
    [REQUIRED, 'a.b.net.example', {smtp_requiretls_policy: TABLES}, 'encrypted'],
    [REQUIRED, 'a.b.net.example', {smtp_requiretls_policy: TABLES}, 'encrypted', ''],
    [REQUIRED, '192.0.2.9', {smtp_requiretls_policy: TABLES}, 'wished'],
    [REQUIRED, '192.0.3.9', {smtp_requiretls_policy: TABLES}, 'enforced'],
    [REQUIRED, 'a', {smtp_requiretls_policy: 'often'}, 'smtp_requiretls_policy: unknown policy "often"'],
    [REQUIRED, 'a', {smtp_requiretls_policy: 'fail:x'}, 'smtp_requiretls_policy: fail:x lookup error for "a"'],
  ];
  for (const [options, domain, set, expected, sender] of cases)
    test(`${options} for ${domain} with ${JSON.stringify(set)}${sender === '' ? ', a report' : ''}`, () => {
      assert.equal(demand(options, domain, set, sender), expected);
    });
});

suite('the TLS policy for a message that asks for TLS', () => {
  const BY_DNSSEC = {isMxSecure: true};
  const cases: readonly (readonly [level: TlsLevel, over: Partial<TlsTarget>, expected: string])[] = [
    ['may', {demand: 'none'}, 'may'],
    ['may', {demand: 'wished'}, 'may'],
    ['none', {demand: 'encrypted'}, 'encrypt'],
    ['may', {demand: 'encrypted'}, 'encrypt'],
    ['verify', {demand: 'encrypted'}, 'verify'],
    ['may', {demand: 'enforced'}, '5.7.10'],
    ['encrypt', {demand: 'enforced'}, '5.7.10'],
    ['half-dane', {demand: 'enforced'}, '5.7.10'],
    ['verify', {demand: 'enforced'}, '5.7.10'],
    ['verify', {demand: 'enforced', ...BY_DNSSEC}, 'verify'],
    ['dane', {demand: 'enforced'}, 'dane'],
    ['secure', {demand: 'enforced'}, 'secure'],
    ['fingerprint', {demand: 'enforced'}, 'fingerprint'],
    ['none', {demand: 'enforced', ...BY_DNSSEC}, 'secure mx.a.example'],
    ['half-dane', {demand: 'enforced', ...BY_DNSSEC}, 'secure mx.a.example'],
    ['encrypt', {demand: 'enforced', isStsEnforced: true}, 'secure mx.a.example'],
    ['may', {demand: 'enforced', isMxSecure: undefined}, 'secure a.example'],
  ];
  const target: TlsTarget = {
    nexthop: 'a.example',
    domain: 'a.example',
    name: 'mx.a.example',
    canonicalName: 'mx.a.example',
    isSecure: false,
    port: 25,
    isMxSecure: false,
  };
  const config = plainConfig({smtp_tls_fingerprint_digest: 'sha256', smtp_tls_fingerprint_cert_match: 'AA:BB'});
  const settings = readClientTlsSettings(config, 'smtp', () => undefined);
  const entry = (level: TlsLevel): PolicyEntry => ({
    level,
    match: [],
    protocols: undefined,
    ciphers: undefined,
    exclude: undefined,
    trustAnchorFiles: [],
    serverName: undefined,
    reusesConnections: undefined,
  });
  for (const [level, over, expected] of cases)
    test(`${level}, ${JSON.stringify(over)}: ${expected}`, () => {
      const policy = completePolicy(entry(level), target, settings);
      const found = demandedPolicy(policy, entry(level), {...target, ...over}, settings);
      if ('status' in found) return assert.equal(found.status, expected);
      assert.equal(found.trustsPublic === true ? `${found.level} ${found.match.join(' ')}` : found.level, expected);
    });

  for (const [level, isWrapped, expected] of [
    ['none', false, 'none'],
    ['may', false, 'may'],
    ['encrypt', false, 'may'],
    ['dane-only', false, 'may'],
    ['secure', false, 'may'],
    ['secure', true, 'encrypt'],
  ] as const)
    test(`TLS-Required: No, ${level}${isWrapped ? ', in wrapper mode' : ''}: ${expected}`, () => {
      const policy = completePolicy(entry(level), target, settings);
      assert.equal(waivedPolicy(policy, entry(level), target, {...settings, isWrapped}).level, expected);
    });
});
